//! The engine `tls13` over real sockets: what only this engine can do, against servers that others wrote.
//!
//! The `openssl` command must be installed.
#![cfg(feature = "tls13")]
// Helpers of tests: what fails here fails a test. `alloc` is no crate of a test.
#![allow(clippy::unwrap_used, clippy::std_instead_of_alloc)]

mod client;
mod openssl;
mod rustls_server;
