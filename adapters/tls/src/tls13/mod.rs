//! A TLS 1.3 client (RFC 8446), implemented in this package.
//!
//! Read first: [`Tls13`] (the engine), [`Workspace`] (its memory), [`Primitives`] (its cryptography).
//!
//! | | |
//! |---|---|
//! | suites | `TLS_CHACHA20_POLY1305_SHA256`, `TLS_AES_128_GCM_SHA256`; feature `sha512`: `TLS_AES_256_GCM_SHA384` |
//! | groups | X25519; P-256 if the server requests it, or first if the caller chooses so |
//! | handshake | full, with `HelloRetryRequest` and cookie, or resumed with a ticket and a new key exchange |
//! | extensions | `server_name`, `supported_versions`, `supported_groups`, `signature_algorithms` and `_cert`, `key_share`, ALPN `http/1.1`, `record_size_limit`, `cookie`, `psk_key_exchange_modes`, `pre_shared_key` |
//! | after the handshake | tickets, `KeyUpdate` both ways, `close_notify` both ways |
//! | never | early data, client certificates (a request is answered with an empty list), pre-shared keys without key exchange, TLS 1.2 |
//!
//! # How it is built
//!
//! ```text
//! engine  session      futures: they move bytes between the buffers and the socket, and yield to other tasks
//! link  pace           a connection's buffers with its socket; when to yield to other tasks
//! handshake            the state machine: reads and writes buffers, computes one bounded step per call
//! transitions          its table: which message is legal in which state
//! records              which records are legal at which point, and their protection
//! inbox  outbox        the receive buffer and the send buffer
//! messages …           the structure of each message
//! key_schedule  hash   secrets, keys, transcript
//! primitives           ciphers and key exchange, in software or by a chip
//! p256                 the multiplication of a key exchange with P-256, in steps
//! fault                why a connection ends: the alert, and the caller's error
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
#[cfg(feature = "nal")]
mod lent;
mod link;
mod messages;
mod outbox;
mod p256;
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
#[cfg(feature = "nal")]
pub(crate) use lent::Lent;
pub use primitives::{ExchangeProgress, ExpandedKey, NONCE, Primitives, RecordKey, Software, TAG};
pub use session::{Parameters, Session};
pub use suite::{CipherSuite, NamedGroup, SCALAR};
