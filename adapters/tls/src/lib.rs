//! Trust on devices.
#![no_std]

pub mod algorithms;
pub mod anchors;
mod chain;
mod der;
mod expected;

pub use chain::{ChainError, MAX_INTERMEDIATES, MAX_SIGNATURES, verify_chain};
pub use expected::{Expected, NameError};
pub use rustls_pki_types::TrustAnchor;
