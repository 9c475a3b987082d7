//! A TLS 1.3 client for devices that authenticates the server: no `std`, no allocator, no unsafe code, no panics in this package.
//!
//! A device must not send its client secret to the wrong server. This package connects to the expected server or not at all. Records
//! and handshake are those of embedded-tls, with guards around it, because embedded-tls alone does not guarantee that the server was
//! authenticated. Certificates are verified with rustls-webpki.
//!
//! ```
//! use embedded_io_async::{Read, Write};
//! use genesys_token_tls::{ConnectError, EmbeddedTls, Expected, SessionError, TlsEngine, TlsSession, Workspace, anchors};
//! # use genesys_token_tls::CryptoRngCore;
//!
//! /// Sends a request over an open TCP connection and reads the beginning of the response.
//! async fn exchange<S: Read + Write>(
//!     tcp: S,
//!     engine: &mut EmbeddedTls<impl CryptoRngCore>,
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
//! Start with [`Expected`] (server name, trust anchors, time), [`TlsEngine`] (the guarantees of every engine), [`EmbeddedTls`] (this
//! package's engine) and [`verify_chain`] (what is checked of a chain; usable without a connection).
//!
//! # What is verified
//!
//! - The certificate chain: see [`verify_chain`]. Without a clock there is no connection.
//! - The server's possession of the leaf's private key: its `CertificateVerify` over this handshake (RFC 8446 section 4.4.3).
//! - That every handshake message arrived, once and in order, and that Finished matches them.
//! - That the `ServerHello` selects what was offered: TLS 1.3, `TLS_AES_128_GCM_SHA256`, P-256, no resumption.
//!
//! Before all of this is verified, the device sends nothing after its `ClientHello`, not even its Finished.
//!
//! # Faults of embedded-tls 0.19 and the guard for each
//!
//! | effect without a guard | who could cause it | guard |
//! |---|---|---|
//! | the handshake succeeds although the server was not authenticated | an attacker on the network path | the verifier requires each of its steps; without them the record filter sends nothing and `connect` returns no session |
//! | an error of the verifier's provider disables verification | – | the provider never returns one |
//! | the engine panics on records of certain content | an attacker on the network path; after the handshake the authenticated server | the record filter checks lengths, the cipher the decrypted content; after the handshake the engine receives application data and alerts only |
//! | records that must be protected are accepted without protection | an attacker who can inject TCP segments | the record filter rejects them |
//! | order and number of handshake messages are not checked | the authenticated server | the transcript hash is made invalid |
//! | content of handshake messages that is not legal is accepted | the authenticated server | the cipher checks the structure of each message |
//! | the parameters of a `ServerHello` are not checked | an attacker on the network path | a strict parser reads it before the engine |
//! | signature schemes are offered that are not supported | – | they are replaced in the outgoing `ClientHello` |
//! | handshake messages split over records are not supported | the server's configuration | an error that says so |
//! | a dropped future leaves nonces and records in an unknown state | the caller | the session cannot be used any more |
//! | an orderly end and a truncated connection are the same error | an attacker who can inject TCP segments | a truncated connection is an error, `close_notify` is an end |
//!
//! One limit remains: for superfluous messages after `CertificateVerify` the transcript hash is inverted, so that the handshake fails.
//! An authenticated server that also inverts its own hash would be accepted. It is still the expected server.
//!
//! # What is not supported
//!
//! TLS 1.2, other cipher suites and groups, `HelloRetryRequest`, resumption, early data, client certificates (a server that requests
//! one receives an empty list), `KeyUpdate` (ends the connection), records larger than the receive buffer, handshake messages split
//! over records, raw public keys, certificates for IP addresses, Ed25519, P-521, revocation. The engine does not wipe its keys. The [`Workspace`] contains plaintext until the next connection or until its owner wipes it.
//!
//! # Panics
//!
//! Nothing in this package panics: `cargo xtask no-panic` shows that an image with all of it contains no place of this package that
//! can, and lists the places in its dependencies. These remain in embedded-tls 0.19:
//!
//! | place | who could reach it |
//! |---|---|
//! | `connection.rs`, `decrypted_read_handler.rs`: content of records | not reachable: the guards reject such records first |
//! | `record_reader.rs`, and `embedded-io-async`: more was read or written than requested | a transport that violates the traits' contract |
//! | `certificate.rs`, `client_hello.rs`: raw public keys, pre-shared keys | not reachable: neither is used |
//! | `key_schedule.rs`: a counter of 64 bits | not reachable: the record filter ends the connection after 2^24 records |
//! | bounds and types behind a check (`buffer.rs`, `parse_buffer.rs`, `read_buffer.rs`, `write_buffer.rs`, `record.rs`, `handshake/mod.rs`, `decrypted_buffer_info.rs`) | no known case: the fuzz target `tls_records` plays a server that has the keys |
//! | a future polled again after it completed | a faulty executor |
//!
//! # Time, and what a watchdog must allow
//!
//! A handshake takes tens of millions of instructions. It yields to other tasks before each record it reads or writes: between key
//! generation, key agreement, chain and `CertificateVerify`, but not within any of them, and not between messages in the same record.
//! On a Cortex-M4 the longest time without a yield is 5.6 million instructions with a chain like the service's, 24 million with two
//! certificates on P-256 in one record, and 61 million with a hostile server that makes the verifier use all of [`MAX_SIGNATURES`]. A
//! watchdog must allow for the last one: more than a second at 64 MHz. The README has the table and the command that prints it.
//!
//! There is no timeout inside: drop the future at the deadline.
//!
//! # Memory
//!
//! [`TlsEngine::connect_in`] creates the session where it stays, and [`await_in_own_frame!`] keeps the temporaries of futures off the
//! stack during the handshake. If the session is used at one await of the future that connects, it shares its memory with the
//! handshake's future.
//!
//! # Features
//!
//! ECDSA P-256 with SHA-256 and SHA-384 is always available. `rsa`, on by default because the service's certificates need it, adds
//! RSA with 2048 bits (PKCS#1 v1.5 and PSS) with the same hashes, `rsa-4096` RSA keys of up to 4096 bits, `p384` ECDSA P-384, `sha512`
//! SHA-512. `tls13` adds a second engine, a TLS 1.3 client of this package's own, with AES-256-GCM where `sha512` is enabled as well, and
//! verifies ECDSA P-256 with fewer instructions and more flash. To save flash, enable the feature `force-soft-compact` of `sha2` in the firmware's dependencies.
#![no_std]
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod algorithms;
pub mod anchors;
mod chain;
mod codes;
mod copy;
mod der;
mod embedded;
mod engine;
mod error;
mod expected;
mod fault;
mod own_frame;
#[cfg(feature = "tls13")]
pub mod tls13;

pub use chain::{ChainError, MAX_INTERMEDIATES, MAX_SIGNATURES, verify_chain};
pub use embedded::{EmbeddedTls, Session, Workspace};
pub use embedded_tls::CryptoRngCore;
pub use engine::{TlsEngine, TlsSession};
pub use error::{ConnectError, SessionError};
pub use expected::{Expected, NameError};
pub use fault::RecordFault;
pub use own_frame::poll_in_own_frame;
pub use rustls_pki_types::TrustAnchor;

/// The README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
