//! The cipher suite as embedded-tls takes it: its cipher and its hash are guards.

use aes_gcm::aead::consts::{U12, U16, U54};
use embedded_tls::TlsCipherSuite;

use super::cipher::GuardedCipher;
use super::transcript::Transcript;
use crate::codes::TLS_AES_128_GCM_SHA256;

/// `TLS_AES_128_GCM_SHA256` with guards around cipher and transcript hash.
pub(super) struct GuardedSuite;

impl TlsCipherSuite for GuardedSuite {
    const CODE_POINT: u16 = TLS_AES_128_GCM_SHA256;
    type Cipher = GuardedCipher;
    type KeyLen = U16;
    type IvLen = U12;
    type Hash = Transcript;
    // The hash's 32 bytes, the longest label and the framing, as in `embedded_tls::Aes128GcmSha256`.
    type LabelBufferSize = U54;
}
