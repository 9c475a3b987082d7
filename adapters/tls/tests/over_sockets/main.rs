//! The device's TLS over real sockets: against servers that others wrote, with certificates of all kinds, and against a server
//! that misbehaves in every way that was thought of.
//!
//! The table of cases is printed by `cargo xtask tls-table`.
//! The `openssl` command and `nginx` must be installed.

// Helpers of tests: what fails here fails a test. `alloc` is no crate of a test.
#![allow(clippy::unwrap_used, clippy::std_instead_of_alloc)]

mod altered;
mod cancelled;
mod client;
mod examples;
mod hostile;
mod table;
mod zoo;
