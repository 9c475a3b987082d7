//! TLS 1.3 (RFC 8446), a client of this package's own.
//!
//! Read first: [`Tls13`] (the engine), [`Workspace`] (its memory), [`Primitives`] (its cryptography).
//!
//! | | |
//! |---|---|
//! | suites | `TLS_CHACHA20_POLY1305_SHA256`, `TLS_AES_128_GCM_SHA256`; feature `sha512`: `TLS_AES_256_GCM_SHA384` |
//! | groups | X25519; P-256 when the server asks for it, or first if the caller says so |
//! | handshake | in full, with `HelloRetryRequest` and cookie, or resumed by a ticket with a new key exchange |
//! | extensions | `server_name`, `supported_versions`, `supported_groups`, `signature_algorithms` and `_cert`, `key_share`, ALPN `http/1.1`, `record_size_limit`, `cookie`, `psk_key_exchange_modes`, `pre_shared_key` |
//! | after the handshake | tickets, `KeyUpdate` both ways, `close_notify` both ways |
//! | never | early data, client certificates (a request is answered with none), pre-shared keys without key exchange, TLS 1.2 |
//!
//! # How it is built
//!
//! ```text
//! engine  session      futures: they move bytes between the buffers and the socket, and let other tasks run
//! link  pace           a connection's buffers with its socket; when other tasks run
//! handshake            the state machine: reads and writes buffers, computes one bounded step per call
//! transitions          its table: which message is legal when
//! records              which records are legal when, and their protection
//! inbox  outbox        the receive buffer and the send buffer
//! messages …           what each message may hold, and what each of ours does
//! key_schedule  hash   secrets, keys, transcript
//! primitives           ciphers and key exchange, of crates or of a chip
//! fault                what ends a connection: the alert, and the caller's error
//! ```
//!
//! A record is read behind the handshake messages that are not complete yet, and decrypted in place: a message that is split over
//! several records is then in one piece, without a second buffer.

mod authentication;
mod client_hello;
mod engine;
mod extensions;
mod fault;
mod handshake;
mod hash;
mod inbox;
mod key_schedule;
mod link;
mod messages;
mod outbox;
mod pace;
mod primitives;
mod reader;
mod records;
#[cfg(test)]
mod rfc8448;
mod server_hello;
mod session;
mod suite;
mod ticket;
mod transitions;
mod writer;

pub use engine::{Tls13, Workspace};
pub use primitives::{NONCE, Primitives, SCALAR, Software, TAG};
pub use session::{Parameters, Session};
pub use suite::{CipherSuite, NamedGroup};
