//! The engine `tls13` over real sockets: the suites of `over_sockets`, and third-party servers with settings that the other engine
//! does not support.
//!
//! The `openssl` command and `nginx` must be installed; for the tests named `servers`, the programs that `tests/xtask/src/test.rs` names.
// A panic in a helper fails the test that calls it. Tests have `std`.
#![allow(clippy::unwrap_used, clippy::std_instead_of_alloc)]

#[path = "../over_sockets/cancelled.rs"]
mod cancelled;
#[path = "../over_sockets/certificate_cases/mod.rs"]
mod certificate_cases;
#[path = "../over_sockets/client.rs"]
mod client;
mod device;
mod engine;
mod examples;
#[path = "../over_sockets/hostile/mod.rs"]
mod hostile;
// It reads the memory of its own process as a file.
#[cfg(target_os = "linux")]
mod memory;
mod openssl;
mod rustls_server;
// Once: what the optional algorithms add makes no difference to these servers.
#[cfg(not(feature = "p384"))]
mod servers;
#[path = "../over_sockets/table.rs"]
mod table;
