//! Trust on devices.
#![no_std]

pub mod algorithms;
pub mod anchors;
mod chain;
mod der;
mod embedded;
mod engine;
mod error;
mod expected;
mod guard;
mod verifier;

pub use chain::{ChainError, MAX_INTERMEDIATES, MAX_SIGNATURES, verify_chain};
pub use embedded::{EmbeddedTls, Session, Workspace};
pub use embedded_tls::CryptoRngCore;
pub use engine::{TlsEngine, TlsSession};
pub use error::{ConnectError, SessionError};
pub use expected::{Expected, NameError};
pub use guard::records::RecordFault;
pub use rustls_pki_types::TrustAnchor;
