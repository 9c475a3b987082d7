//! An engine around [embedded-tls](https://docs.rs/embedded-tls/0.19.0), with guards, because embedded-tls alone does not guarantee that the
//! server was authenticated. Feature `embedded-tls`.
//!
//! It supports `TLS_AES_128_GCM_SHA256` and P-256 only; no `HelloRetryRequest`, no resumption, no `KeyUpdate` (ends the connection), no
//! handshake messages split over records. It yields to other tasks between records, not within them, and does not wipe its keys.
//! [`Tls13`](crate::Tls13) has none of these limits; use this one where its flash is wanted, or a second implementation to compare with.
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
//! # Panics
//!
//! These remain in embedded-tls 0.19:
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
//! # Modules
//!
//! - `record_filter`: between socket and engine; passes only records that are legal at that point;
//! - `cipher`: inside the engine; checks decrypted records before the engine parses them;
//! - `messages`: the structure of handshake messages, which the cipher guard checks;
//! - `transcript`: inside the engine; enforces the order of handshake messages;
//! - `offer`: on the outgoing `ClientHello`; replaces signature schemes that are not supported;
//! - `server_hello`: checks the `ServerHello` before the engine parses it;
//! - `verifier`: verifies the server's chain and its `CertificateVerify`;
//! - `state`: what these share.

mod cipher;
mod engine;
mod fault_code;
mod messages;
mod offer;
mod reader;
mod record_filter;
mod server_hello;
mod session;
mod state;
mod suite;
mod transcript;
mod unsupported_scheme;
mod verifier;
mod workspace;

pub use engine::EmbeddedTls;
pub use session::Session;
pub use workspace::Workspace;
