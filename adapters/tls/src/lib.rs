//! Verified TLS 1.3 for devices: no `std`, no allocator, no unsafe code, no panic of its own.
//!
//! A device that holds a client secret must know whom it tells. This package connects to the expected server or not at all:
//! records and handshake are embedded-tls's, and around it stand guards and a certificate verifier on rustls-webpki, because
//! embedded-tls alone can be made to send the request to anybody.
//!
//! ```
//! use embedded_io_async::{Read, Write};
//! use genesys_token_tls::{ConnectError, EmbeddedTls, Expected, SessionError, TlsEngine, TlsSession, Workspace, anchors};
//! # use genesys_token_tls::CryptoRngCore;
//!
//! /// Sends a request over an open TCP connection and reads the beginning of the answer.
//! async fn ask<S: Read + Write>(
//!     tcp: S,
//!     engine: &mut EmbeddedTls<impl CryptoRngCore>,
//!     workspace: &mut Workspace,
//!     unix_time: u64,
//!     request: &[u8],
//!     answer: &mut [u8],
//! ) -> Result<usize, Failure> {
//!     let expected = Expected::new("login.mypurecloud.de", &anchors::SERVICE).expect("a host name").at(unix_time);
//!     let mut session = engine.connect(tcp, workspace, &expected).await.map_err(Failure::NothingSent)?;
//!     session.write_all(request).await.map_err(Failure::Later)?;
//!     session.flush().await.map_err(Failure::Later)?;
//!     let count = session.read(answer).await.map_err(Failure::Later)?;
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
//! Read first: [`Expected`] (who, vouched for by whom, when), [`TlsEngine`] (what any engine must promise), [`EmbeddedTls`]
//! (the engine here), [`verify_chain`] (what is verified of a chain, also without a connection).
//!
//! # What is verified
//!
//! - The chain: [`verify_chain`] says what, and within which bounds. Without a clock there is no connection.
//! - That the server has the leaf's key: its `CertificateVerify` over this very handshake (RFC 8446 section 4.4.3).
//! - That all messages came, once, in order, and that Finished fits them.
//! - That the `ServerHello` chooses what was offered: TLS 1.3, `TLS_AES_128_GCM_SHA256`, P-256, no resumption.
//!
//! Until all of that holds, not even the client's Finished leaves the device.
//!
//! # Faults of embedded-tls 0.19, and what stands before each
//!
//! | fault | who can use it | guard |
//! |---|---|---|
//! | Finished is accepted without Certificate and `CertificateVerify` | anybody in between | the verifier counts its steps; the record filter lets nothing out, and `connect` gives nothing out, before all are done |
//! | an error from `verifier()` skips verification | – | it never gives one |
//! | an empty inner plaintext panics | anybody in between | protected records have at least 17 bytes, and the cipher looks inside |
//! | records in clear are taken as if decrypted | whoever can inject TCP | the record filter lets none through |
//! | handshake messages after the handshake panic | the authenticated server | the cipher lets through tickets only |
//! | order and number of messages are not checked | the server, authenticated or not | the transcript hash breaks |
//! | version, suite, group and retry in a `ServerHello` are not looked at | anybody in between | read strictly before the engine sees it |
//! | signature schemes are offered that are not supported | – | replaced in the `ClientHello` on its way out |
//! | messages split over records are not put together | the server's configuration | an error that says so |
//! | a future that is dropped leaves nonces and records in disorder | the caller | the session is of no more use |
//! | an end without `close_notify` and one with it are both errors | whoever can inject TCP | the first is an error, the second an end |
//!
//! One thing remains: a server that was authenticated and sends superfluous messages after its `CertificateVerify` is refused
//! because the transcript hash is inverted; if it knew of that and inverted its own, it would be believed. It is the right server
//! all the same.
//!
//! # What is not supported
//!
//! TLS 1.2, other suites and groups, `HelloRetryRequest`, resumption, early data, client certificates (a server that asks for one
//! gets an empty list), `KeyUpdate` (ends the connection), records larger than the receive buffer, handshake messages split over
//! records, raw public keys, certificates for IP addresses, Ed25519, P-521, revocation, the keyUsage extension. The engine does
//! not wipe its keys; the [`Workspace`] holds plaintext until it is used again or wiped by its owner.
//!
//! # Panics
//!
//! Nothing here panics: `cargo xtask no-panic` shows that no place of this package is left in an image that holds all of it, and
//! lists those of its dependencies. Of the faults above, those of embedded-tls that panic are behind a guard. What is left of its
//! places:
//!
//! | place in embedded-tls 0.19 | who could reach it |
//! |---|---|
//! | `connection.rs:62`, empty inner plaintext; `decrypted_read_handler.rs:60`, a message after the handshake | nobody: guarded, and tested with a server that has the keys |
//! | `record_reader.rs`, `embedded-io-async`: more was read or written than asked for | a transport that breaks the traits' contract |
//! | `certificate.rs:105`, `client_hello.rs`: raw public keys, pre-shared keys | nobody: there are none |
//! | `key_schedule.rs:192`, a counter of 64 bits | nobody: the record filter ends at 2^24 records |
//! | bounds and kinds behind a check (`buffer.rs`, `parse_buffer.rs`, `read_buffer.rs`, `write_buffer.rs`, `record.rs`, `handshake/mod.rs`, `decrypted_buffer_info.rs`) | nobody known: the fuzz target `tls_records` plays a server that has the keys |
//! | a future polled again after its end | an executor that is wrong |
//!
//! # Time, and what a watchdog must allow
//!
//! A handshake computes for tens of millions of instructions, and lets other tasks run before each record it reads or writes: between
//! key generation, key agreement, chain and `CertificateVerify`, but not within any of them, and not between messages that come
//! in one record. On a Cortex-M4 the longest time without a pause is 5.6 million instructions with a chain like the service's, 24
//! million with two certificates on P-256 in one record; a hostile server can make it 61 million, by as many signatures as
//! [`MAX_SIGNATURES`] allows. A watchdog must allow for the last: more than a second at 64 MHz. The README has the table, and the
//! command that prints it.
//!
//! There is no timeout inside: drop the future at the deadline.
//!
//! # Memory
//!
//! [`TlsEngine::connect_in`] leaves the session where it will stay, and [`await_apart!`] keeps what futures need for a moment off
//! the stack below the handshake. Use the session at one await of the future that connects: then it
//! takes the place of the handshake's future.
//!
//! # Features
//!
//! ECDSA with P-256, with SHA-256 and SHA-384, is always there. `rsa`, on by default because the service's certificates need it, adds
//! RSA with 2048 bits (PKCS#1 v1.5 and PSS) with the same hashes, `rsa-4096` RSA keys of up to 4096 bits, `p384` ECDSA with P-384,
//! `sha512` SHA-512. To save flash, add `sha2` with its feature
//! `force-soft-compact` to the firmware's dependencies.
#![no_std]
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod algorithms;
pub mod anchors;
mod apart;
mod chain;
mod copy;
mod der;
mod embedded;
mod engine;
mod error;
mod expected;
mod guard;
#[cfg(feature = "tls13")]
pub mod tls13;
mod verifier;

pub use apart::poll_apart;
pub use chain::{ChainError, MAX_INTERMEDIATES, MAX_SIGNATURES, verify_chain};
pub use embedded::{EmbeddedTls, Session, Workspace};
pub use embedded_tls::CryptoRngCore;
pub use engine::{TlsEngine, TlsSession};
pub use error::{ConnectError, SessionError};
pub use expected::{Expected, NameError};
pub use guard::records::RecordFault;
pub use rustls_pki_types::TrustAnchor;
