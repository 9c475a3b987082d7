//! The other end of the device's TLS in tests.
//!
//! - [`peer`]: a TLS 1.3 server that does what its script says, right or wrong, over any transport;
//! - [`pki`] and [`zoo`]: certificates of all kinds, made by the `openssl` command;
//! - [`recording`]: whole connections as data, for an emulated device that has no network;
//! - [`memory`]: a transport without a network.
//!
//! Random numbers of the scripted server and of [`recording::Dice`] are fixed: what is recorded once can be played again.
#![cfg_attr(not(feature = "server"), no_std)]
#![cfg_attr(feature = "server", allow(clippy::std_instead_of_alloc))] // `alloc` is no crate of a test.
#![allow(missing_docs, missing_debug_implementations)] // Tests read these files, nobody else.
#![allow(clippy::unwrap_used, clippy::must_use_candidate, clippy::missing_panics_doc)] // What fails here fails a test.

pub mod memory;
#[cfg(feature = "server")]
pub mod peer;
#[cfg(feature = "server")]
pub mod pki;
pub mod recording;
#[cfg(feature = "server")]
pub mod zoo;
