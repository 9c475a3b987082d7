//! SHA-256 that insists on the order of handshake messages.
//!
//! embedded-tls takes `EncryptedExtensions`, `CertificateRequest`, Certificate and `CertificateVerify` in any order and number, or not
//! at all. But it feeds each message, whole, to the transcript hash, whose type is ours.

use sha2::Sha256;
use sha2::digest::consts::{U32, U64};
use sha2::digest::core_api::BlockSizeUser;
use sha2::digest::{FixedOutput, HashMarker, Output, OutputSizeUser, Reset, Update};

use super::offer::Offer;

/// Handshake message types (RFC 8446 section 4).
pub(crate) mod message {
    pub(crate) const CLIENT_HELLO: u8 = 1;
    pub(crate) const SERVER_HELLO: u8 = 2;
    pub(crate) const NEW_SESSION_TICKET: u8 = 4;
    pub(crate) const ENCRYPTED_EXTENSIONS: u8 = 8;
    pub(crate) const CERTIFICATE: u8 = 11;
    pub(crate) const CERTIFICATE_REQUEST: u8 = 13;
    pub(crate) const CERTIFICATE_VERIFY: u8 = 15;
    pub(crate) const FINISHED: u8 = 20;
    pub(crate) const KEY_UPDATE: u8 = 24;
}

/// How far the handshake has come (RFC 8446 section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was hashed.
    Fresh,
    /// Not a transcript: HMAC hashes here, whose first input is one block of key.
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
    /// A message came that was not its turn, or whose length is not what it says: no hash of this is right.
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
            (Self::Fresh, message::CLIENT_HELLO) => Self::ClientHello,
            (Self::ClientHello, message::SERVER_HELLO) => Self::ServerHello,
            (Self::ServerHello, message::ENCRYPTED_EXTENSIONS) => Self::EncryptedExtensions,
            (Self::EncryptedExtensions, message::CERTIFICATE_REQUEST) => Self::CertificateRequest,
            (Self::EncryptedExtensions | Self::CertificateRequest, message::CERTIFICATE) => Self::Certificate,
            (Self::Certificate, message::CERTIFICATE_VERIFY) => Self::CertificateVerify,
            (Self::CertificateVerify, message::FINISHED) => Self::Finished,
            (Self::Finished, message::CERTIFICATE) => Self::ClientCertificate,
            (Self::Finished | Self::ClientCertificate, message::FINISHED) => Self::ClientFinished,
            _ => Self::Broken,
        }
    }
}

/// Bytes of a SHA-256 block. A `ClientHello` is longer.
const BLOCK: usize = 64;

/// Whether these are a 24-bit length and as many bytes.
fn is_whole(message: &[u8]) -> bool {
    match message {
        [high, middle, low, body @ ..] => {
            u32::from_be_bytes([0, *high, *middle, *low]).try_into() == Ok(body.len())
        }
        _ => false,
    }
}

#[derive(Clone)]
pub(crate) struct Transcript {
    hash: Sha256,
    stage: Stage,
}

impl Transcript {
    /// Whether all messages up to and with the server's Certificate came in order.
    pub(crate) fn ends_with_certificate(&self) -> bool {
        self.stage == Stage::Certificate
    }
}

impl Default for Transcript {
    fn default() -> Self {
        Self { hash: Sha256::default(), stage: Stage::Fresh }
    }
}

impl Update for Transcript {
    // HMAC and HKDF use it in many places, and none is in a hurry.
    #[inline(never)]
    fn update(&mut self, data: &[u8]) {
        let offer = if self.stage == Stage::Fresh { Offer::of(data) } else { None };
        self.stage = self.stage.after(data);
        let mut rest = data;
        // What the server will see of a ClientHello.
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
            // Neither the server's Finished nor any key fits this.
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

    /// `ClientHello` (longer than a block), then the given kinds of message with one byte each.
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
        // All sequences of up to five messages after ServerHello; legal ones are prefixes of these two.
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
    fn a_message_of_another_length_than_it_says_breaks() {
        for message in [&[2, 0, 0, 1][..], &[2, 0, 0, 1, 7, 7], &[2, 0, 0], &[2]] {
            assert_eq!(transcript(&[]).chain_update(message).stage, Stage::Broken, "{message:?}");
        }
    }

    #[test]
    fn keyed_hashing_is_plain() {
        let block = [0x36; BLOCK];
        let (guarded, plain) = (Transcript::new().chain_update(block), Sha256::new().chain_update(block));
        assert_eq!(guarded.chain_update([1, 2]).finalize(), plain.chain_update([1, 2]).finalize());
        assert_eq!(Transcript::new().chain_update([]).finalize(), Sha256::new().finalize());
    }
}
