//! The number of an unsupported signature scheme in `CertificateVerify`, passed through the engine to the verifier.
//!
//! embedded-tls does not pass on the number of a scheme that it does not know, and the error shall name it. So the cipher guard
//! replaces every scheme that was not offered with one that the engine knows and the verifier refuses, and writes the number into the
//! signature, which is not needed any more.

use embedded_tls::{CertificateVerifyRef, SignatureScheme};

use super::offer::is_supported;
use crate::codes::handshake_type;

/// Ed25519: known to the engine, never offered.
const STAND_IN: SignatureScheme = SignatureScheme::Ed25519;

/// Replaces schemes that were not offered in these handshake messages, which must be well-formed.
pub(super) fn mark(mut messages: &mut [u8]) {
    while let Some(([kind, high, middle, low], rest)) = messages.split_first_chunk_mut::<4>() {
        let length = u32::from_be_bytes([0, *high, *middle, *low]);
        let Some((body, rest)) =
            usize::try_from(length).ok().and_then(|length| rest.split_at_mut_checked(length))
        else {
            return;
        };
        if let (handshake_type::CERTIFICATE_VERIFY, [scheme_high, scheme_low, _, _, first, second, ..]) =
            (*kind, body)
            && !is_supported([*scheme_high, *scheme_low])
        {
            (*first, *second) = (*scheme_high, *scheme_low);
            [*scheme_high, *scheme_low] = STAND_IN.as_u16().to_be_bytes();
        }
        messages = rest;
    }
}

/// Returns the number of the scheme that the server used.
pub(super) fn number(verify: &CertificateVerifyRef<'_>) -> u16 {
    match (verify.signature_scheme, verify.signature) {
        (STAND_IN, [high, low, ..]) => u16::from_be_bytes([*high, *low]),
        (scheme, _) => scheme.as_u16(),
    }
}
