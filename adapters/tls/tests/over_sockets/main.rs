//! The engine around embedded-tls over real sockets: against third-party servers with valid and invalid certificates, and against a scripted server
//! that violates the protocol.
//!
//! `cargo xtask tls-table` prints the table of cases. The `openssl` command and `nginx` must be installed.
#![cfg(feature = "embedded-tls")]
// A panic in a helper fails the test that calls it. Tests have `std`.
#![allow(clippy::unwrap_used, clippy::std_instead_of_alloc)]

mod altered;
mod cancelled;
mod certificate_cases;
mod client;
mod engine;
mod hostile;
mod table;
