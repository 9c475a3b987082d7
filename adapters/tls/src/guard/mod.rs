//! What stands around embedded-tls, because embedded-tls alone would let things through:
//!
//! - [`records`]: between socket and engine, lets through only what is legal at that point;
//! - [`cipher`]: inside the engine, looks at what was decrypted before the engine does;
//! - [`transcript`]: inside the engine, insists on the order of handshake messages;
//! - [`offer`]: on the way out, offers no signature scheme that is not supported;
//! - [`journal`]: what these tell the connection, and the other way round.

use aes_gcm::aead::consts::{U12, U16, U54};
use embedded_tls::TlsCipherSuite;

pub(crate) mod cipher;
pub(crate) mod journal;
mod offer;
pub(crate) mod records;
pub(crate) mod server_hello;
pub(crate) mod transcript;

/// `TLS_AES_128_GCM_SHA256` with the guards built in.
pub(crate) struct GuardedSuite;

impl TlsCipherSuite for GuardedSuite {
    const CODE_POINT: u16 = 0x1301;
    type Cipher = cipher::GuardedCipher;
    type KeyLen = U16;
    type IvLen = U12;
    type Hash = transcript::Transcript;
    // The hash's 32 bytes, the longest label and the framing (as `embedded_tls::Aes128GcmSha256` has it).
    type LabelBufferSize = U54;
}
