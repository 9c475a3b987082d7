//! SHA-256 that enforces the order of handshake messages.
//!
//! embedded-tls does not check order and number of `EncryptedExtensions`, `CertificateRequest`, Certificate and `CertificateVerify`. But
//! it feeds each message, whole, to the transcript hash, whose type is an associated type of its configuration.

use sha2::Sha256;
use sha2::digest::consts::{U32, U64};
use sha2::digest::core_api::BlockSizeUser;
use sha2::digest::{FixedOutput, HashMarker, Output, OutputSizeUser, Reset, Update};

use super::offer::Offer;
use crate::codes::handshake_type;

/// The last message of the handshake so far (RFC 8446 section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was hashed yet.
    Fresh,
    /// This is not a transcript but a hash inside HMAC, whose first input is one block of key.
    Keyed,
    ClientHello,
    ServerHello,
    EncryptedExtensions,
    CertificateRequest,
    Certificate,
    CertificateVerify,
    Finished,
    ClientCertificate,
    ClientFinished,
    /// A message was out of order, or its length field was wrong: the hash is made invalid.
    Broken,
}

impl Stage {
    fn after(self, data: &[u8]) -> Self {
        match (self, data) {
            (_, []) => self,
            (Self::Keyed, _) => Self::Keyed,
            (Self::Fresh, data) if data.len() == BLOCK => Self::Keyed,
            (_, [kind, length @ ..]) if is_whole(length) => self.after_message(*kind),
            _ => Self::Broken,
        }
    }

    fn after_message(self, kind: u8) -> Self {
        match (self, kind) {
            (Self::Fresh, handshake_type::CLIENT_HELLO) => Self::ClientHello,
            (Self::ClientHello, handshake_type::SERVER_HELLO) => Self::ServerHello,
            (Self::ServerHello, handshake_type::ENCRYPTED_EXTENSIONS) => Self::EncryptedExtensions,
            (Self::EncryptedExtensions, handshake_type::CERTIFICATE_REQUEST) => Self::CertificateRequest,
            (Self::EncryptedExtensions | Self::CertificateRequest, handshake_type::CERTIFICATE) => {
                Self::Certificate
            }
            (Self::Certificate, handshake_type::CERTIFICATE_VERIFY) => Self::CertificateVerify,
            (Self::CertificateVerify, handshake_type::FINISHED) => Self::Finished,
            (Self::Finished, handshake_type::CERTIFICATE) => Self::ClientCertificate,
            (Self::Finished | Self::ClientCertificate, handshake_type::FINISHED) => Self::ClientFinished,
            _ => Self::Broken,
        }
    }
}

/// The length of a SHA-256 block in bytes. A `ClientHello` is longer.
const BLOCK: usize = 64;

/// Returns whether `message` is a 24-bit length and exactly as many bytes.
fn is_whole(message: &[u8]) -> bool {
    match message {
        [high, middle, low, body @ ..] => {
            u32::from_be_bytes([0, *high, *middle, *low]).try_into() == Ok(body.len())
        }
        _ => false,
    }
}

#[derive(Clone)]
pub(super) struct Transcript {
    hash: Sha256,
    stage: Stage,
}

impl Transcript {
    /// Returns whether all messages up to and including the server's Certificate arrived in order.
    pub(super) fn ends_with_certificate(&self) -> bool {
        self.stage == Stage::Certificate
    }
}

impl Default for Transcript {
    fn default() -> Self {
        Self { hash: Sha256::default(), stage: Stage::Fresh }
    }
}

impl Update for Transcript {
    // HMAC and HKDF call it from many places, and none is critical for speed.
    #[inline(never)]
    fn update(&mut self, data: &[u8]) {
        let offer = if self.stage == Stage::Fresh { Offer::of(data) } else { None };
        self.stage = self.stage.after(data);
        let mut rest = data;
        // A ClientHello is hashed as it is sent.
        while let Some(offer) = &offer
            && !rest.is_empty()
        {
            let piece = offer.piece(data.len() - rest.len(), rest);
            Update::update(&mut self.hash, piece);
            rest = rest.get(piece.len()..).unwrap_or_default();
        }
        Update::update(&mut self.hash, rest);
    }
}

impl FixedOutput for Transcript {
    fn finalize_into(self, out: &mut Output<Self>) {
        FixedOutput::finalize_into(self.hash, out);
        if self.stage == Stage::Broken {
            // An inverted hash matches neither the server's Finished nor its keys.
            for byte in out {
                *byte = !*byte;
            }
        }
    }
}

impl Reset for Transcript {
    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl OutputSizeUser for Transcript {
    type OutputSize = U32;
}

impl BlockSizeUser for Transcript {
    type BlockSize = U64;
}

impl HashMarker for Transcript {}

#[cfg(test)]
mod tests {
    use sha2::Digest;

    use super::*;

    /// Returns a `ClientHello` (longer than a block), then messages of the given types with a body of one byte.
    fn transcript(kinds: &[u8]) -> Transcript {
        let mut hello = [0; 104];
        hello[..4].copy_from_slice(&[1, 0, 0, 100]);
        kinds
            .iter()
            .fold(Transcript::new().chain_update(hello), |hash, kind| hash.chain_update([*kind, 0, 0, 1, 7]))
    }

    #[test]
    fn the_orders_of_rfc_8446_hash_as_sha_256() {
        for kinds in
            [&[2_u8][..], &[2, 8, 11, 15, 20], &[2, 8, 13, 11, 15, 20, 11, 20], &[2, 8, 11, 15, 20, 20]]
        {
            let mut plain = Sha256::new();
            let mut hello = [0; 104];
            hello[..4].copy_from_slice(&[1, 0, 0, 100]);
            Digest::update(&mut plain, hello);
            for kind in kinds {
                Digest::update(&mut plain, [*kind, 0, 0, 1, 7]);
            }
            assert_eq!(transcript(kinds).finalize(), plain.finalize(), "{kinds:?}");
        }
    }

    #[test]
    fn every_other_order_breaks() {
        // All sequences of five messages after ServerHello.
        let legal: [&[u8]; 2] = [&[8, 11, 15, 20, 11], &[8, 13, 11, 15, 20]];
        let also: &[u8] = &[8, 11, 15, 20, 20];
        let kinds = [2_u8, 4, 8, 11, 13, 15, 20, 24];
        for number in 0..kinds.len().pow(5) {
            let mut sequence = [2; 6];
            let mut rest = number;
            for kind in &mut sequence[1..] {
                *kind = kinds[rest % kinds.len()];
                rest /= kinds.len();
            }
            let expected = legal.contains(&&sequence[1..]) || *also == sequence[1..];
            assert_eq!(transcript(&sequence).stage != Stage::Broken, expected, "{sequence:?}");
        }
    }

    #[test]
    fn a_message_with_a_wrong_length_field_breaks() {
        for message in [&[2, 0, 0, 1][..], &[2, 0, 0, 1, 7, 7], &[2, 0, 0], &[2]] {
            assert_eq!(transcript(&[]).chain_update(message).stage, Stage::Broken, "{message:?}");
        }
    }

    #[test]
    fn hashing_inside_hmac_is_unchanged() {
        let block = [0x36; BLOCK];
        let (guarded, plain) = (Transcript::new().chain_update(block), Sha256::new().chain_update(block));
        assert_eq!(guarded.chain_update([1, 2]).finalize(), plain.chain_update([1, 2]).finalize());
        assert_eq!(Transcript::new().chain_update([]).finalize(), Sha256::new().finalize());
    }
}
