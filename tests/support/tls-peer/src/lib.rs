//! The server side of tests of the device's TLS.
//!
//! - [`peer`]: a scripted TLS 1.3 server, for correct and incorrect handshakes over any transport;
//! - [`pki`] and [`certificate_cases`]: valid and invalid certificates, created with the `openssl` command;
//! - [`address`]: addresses for servers that cannot be given a socket;
//! - [`recording`]: whole connections as data, for an emulated device without a network;
//! - [`memory`]: a transport in memory.
//!
//! The random numbers of the scripted server and of [`recording::FixedRng`] are fixed, so that a recording can be replayed.
#![cfg_attr(not(feature = "server"), no_std)]
#![cfg_attr(feature = "server", allow(clippy::std_instead_of_alloc))] // Tests have `std`.
#![allow(missing_docs, missing_debug_implementations)] // Used by tests only.
#![allow(clippy::unwrap_used, clippy::must_use_candidate, clippy::missing_panics_doc)] // A panic fails the test that calls it.

#[cfg(feature = "server")]
pub mod address;
#[cfg(feature = "server")]
pub mod certificate_cases;
pub mod memory;
#[cfg(feature = "server")]
pub mod peer;
#[cfg(feature = "server")]
pub mod pki;
pub mod recording;
