//! A TLS 1.3 client for devices that authenticates the server: no `std`, no allocator, no unsafe code, no panics in this package.
//!
//! A device must not send its client secret to the wrong server. This package connects to the expected server or not at all. The
//! engine, [`Tls13`], is this package's own; ciphers and key exchange are those of well-kept crates, and certificates are verified with
//! rustls-webpki.
//!
//! ```
//! use embedded_io_async::{Read, Write};
//! use genesys_token_tls::{ConnectError, Expected, SessionError, Tls13, TlsEngine, TlsSession, Workspace, anchors};
//! # use genesys_token_tls::CryptoRngCore;
//!
//! /// Sends a request over an open TCP connection and reads the beginning of the response.
//! async fn exchange<S: Read + Write>(
//!     tcp: S,
//!     engine: &mut Tls13<impl CryptoRngCore>,
//!     workspace: &mut Workspace,
//!     unix_time: u64,
//!     request: &[u8],
//!     response: &mut [u8],
//! ) -> Result<usize, Failure> {
//!     let expected = Expected::new("login.mypurecloud.de", &anchors::SERVICE).expect("a host name").at(unix_time);
//!     let mut session = engine.connect(tcp, workspace, &expected).await.map_err(Failure::NothingSent)?;
//!     session.write_all(request).await.map_err(Failure::Later)?;
//!     session.flush().await.map_err(Failure::Later)?;
//!     let count = session.read(response).await.map_err(Failure::Later)?;
//!     session.close().await.map_err(Failure::Later)?;
//!     Ok(count)
//! }
//!
//! enum Failure {
//!     NothingSent(ConnectError),
//!     Later(SessionError),
//! }
//! ```
//!
//! Start with [`Expected`] (server name, trust anchors, time), [`TlsEngine`] (the guarantees of every engine), [`Tls13`] (this
//! package's engine) and [`verify_chain`] (what is checked of a chain; usable without a connection).
//!
//! # What is verified
//!
//! - The certificate chain: see [`verify_chain`]. Without a clock there is no connection.
//! - The server's possession of the leaf's private key: its `CertificateVerify` over this handshake (RFC 8446 section 4.4.3).
//! - That every handshake message arrived, once and in order, and that Finished matches them.
//! - That the `ServerHello` selects what was offered.
//! - In a resumed session, instead of chain and `CertificateVerify`, that the server has the key of the ticket's session, in which it was
//!   authenticated: at most a day ago, by the same name and trust anchors.
//!
//! Before all of this is verified, the device sends nothing after its `ClientHello`, not even its Finished.
//!
//! # What is not supported
//!
//! TLS 1.2, cipher suites and groups other than those of [`tls13`], early data, client certificates (a server that requests one receives
//! an empty list), records larger than the receive buffer, raw public keys, certificates for IP addresses, Ed25519, P-521, revocation. The
//! [`Workspace`] contains plaintext until the next connection or until its owner wipes it.
//!
//! # Panics
//!
//! Nothing in this package panics: `cargo xtask no-panic` shows that an image with all of it contains no place of this package that
//! can, and lists the places in its dependencies. In what [`Tls13`] uses these are bounds behind a check, or a future that is polled again
//! after it completed.
//!
//! # Time, and what a watchdog must allow
//!
//! A handshake takes millions of instructions. It yields to other tasks between signatures, key exchanges and records, as soon as about as
//! many instructions were computed as [`Tls13::with_budget`] says. What cannot be divided is one signature, one operation of the key
//! exchange with X25519, or a quarter of one with P-256: on a Cortex-M4 less than two million instructions, with hostile servers too. The
//! README has the table and the command that prints it.
//!
//! There is no timeout inside: drop the future at the deadline.
//!
//! # Memory
//!
//! [`TlsEngine::connect_in`] creates the session where it stays, and [`await_in_own_frame!`] keeps the temporaries of futures off the
//! stack during the handshake. A session that is moved leaves a copy of its keys where it was. If the session is used at one await of
//! the future that connects, it shares its memory with the handshake's future.
//!
//! # Features
//!
//! ECDSA P-256 with SHA-256 and SHA-384 is always available. `rsa`, on by default because the service's certificates need it, adds
//! RSA with 2048 bits (PKCS#1 v1.5 and PSS) with the same hashes, `rsa-4096` RSA keys of up to 4096 bits, `p384` ECDSA P-384, `sha512`
//! SHA-512 and the suite with AES-256-GCM. `embedded-tls` adds a second engine, `embedded::EmbeddedTls`. `rand_core-09` and
//! `rand_core-010` add adapters for generators of `rand_core` 0.9 and 0.10, `Rand09` and `Rand010`; those of 0.6 need none. `nal` adds connections
//! of embedded-nal-async, `nal::TlsConnector`. To save flash, enable the feature `force-soft-compact` of `sha2` in the firmware's dependencies.
#![no_std]
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod algorithms;
pub mod anchors;
mod chain;
#[cfg_attr(
    not(feature = "embedded-tls"),
    allow(dead_code, reason = "some of it is the other engine's alone")
)]
mod codes;
mod copy;
mod der;
#[cfg(feature = "embedded-tls")]
pub mod embedded;
mod engine;
mod error;
mod expected;
mod fault;
#[cfg(feature = "defmt")]
mod format;
#[cfg(feature = "nal")]
pub mod nal;
mod own_frame;
#[cfg(any(feature = "rand_core-09", feature = "rand_core-010"))]
mod random;
mod sha256;
pub mod tls13;

pub use chain::{ChainError, MAX_INTERMEDIATES, MAX_SIGNATURES, verify_chain};
pub use engine::{TlsEngine, TlsSession};
pub use error::{ConnectError, SessionError};
pub use expected::{Expected, NameError};
pub use fault::RecordFault;
pub use own_frame::poll_in_own_frame;
pub use rand_core::CryptoRngCore;
#[cfg(feature = "rand_core-09")]
pub use random::Rand09;
#[cfg(feature = "rand_core-010")]
pub use random::Rand010;
pub use rustls_pki_types::TrustAnchor;
pub use tls13::{Session, Tls13, Workspace};

/// The README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
