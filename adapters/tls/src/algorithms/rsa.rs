//! RSA signature verification (RFC 8017): PKCS#1 v1.5 and PSS.

use core::fmt;

use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

#[cfg(feature = "sha512")]
use super::hash::SHA512;
use super::hash::{Hash, MAX_LENGTH, SHA256, SHA384};
use super::montgomery::{self, MAX_BYTES, MAX_LIMBS};
use crate::der;

/// RSA PKCS#1 v1.5 with SHA-256.
pub const RSA_PKCS1_SHA256: Pkcs1 = Pkcs1(&SHA256);
/// RSA PKCS#1 v1.5 with SHA-384.
pub const RSA_PKCS1_SHA384: Pkcs1 = Pkcs1(&SHA384);
/// RSA PKCS#1 v1.5 with SHA-512.
#[cfg(feature = "sha512")]
pub const RSA_PKCS1_SHA512: Pkcs1 = Pkcs1(&SHA512);
/// RSA PSS with SHA-256, MGF1 of the same hash and a salt of its length.
pub const RSA_PSS_SHA256: Pss = Pss(&SHA256);
/// RSA PSS with SHA-384, MGF1 of the same hash and a salt of its length.
pub const RSA_PSS_SHA384: Pss = Pss(&SHA384);
/// RSA PSS with SHA-512, MGF1 of the same hash and a salt of its length.
#[cfg(feature = "sha512")]
pub const RSA_PSS_SHA512: Pss = Pss(&SHA512);

const MIN_BYTES: usize = 256;

/// Returns the length in bits of an RSA key whose length is not supported; `None` for a supported one, or if it is not an RSA
/// key.
pub(crate) fn unsupported_size(public_key: &[u8]) -> Option<usize> {
    let (modulus, _) = der::two_positive_integers(public_key)?;
    let leading = modulus.first()?.leading_zeros();
    let bits = modulus.len() * 8 - usize::try_from(leading).ok()?;
    (!supported(modulus)).then_some(bits)
}

/// Whole pairs of limbs: 2048, 2112, … bits. What certificate authorities issue is 2048, 3072 and 4096.
fn supported(modulus: &[u8]) -> bool {
    (MIN_BYTES..=MAX_BYTES).contains(&modulus.len())
        && modulus.len().is_multiple_of(8)
        && modulus.first().is_some_and(|first| *first >= 0x80)
}

/// Recovers the encoded message (EM of RFC 8017 section 8) from `signature`, as long as the modulus.
#[inline(never)] // Once, for both paddings; and its stack frame is released before anything is hashed.
fn encoded_message<'p>(
    public_key: &[u8],
    signature: &[u8],
    place: &'p mut [u8; MAX_BYTES],
) -> Option<&'p mut [u8]> {
    // The RSAPublicKey of appendix A.1.1.
    let (modulus, exponent) = der::two_positive_integers(public_key)?;
    if !supported(modulus) || signature.len() != modulus.len() || exponent.len() > 4 {
        return None;
    }
    let exponent = exponent.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
    let mut limbs = [0; MAX_LIMBS];
    let limbs = montgomery::power(signature, exponent, modulus, &mut limbs)?;
    let encoded = place.get_mut(..signature.len())?;
    montgomery::write(limbs, encoded);
    Some(encoded)
}

/// `DigestInfo` up to the digest itself (RFC 8017 section 9.2, note 1); it differs in three bytes between the hashes of SHA-2.
fn digest_info(hash: &Hash) -> [u8; 19] {
    #[rustfmt::skip]
    let mut info = [
        0x30, 17, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash.arc,
        0x05, 0x00, 0x04, hash.length,
    ];
    info[1] += hash.length;
    info
}

/// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
pub struct Pkcs1(&'static Hash);

impl fmt::Debug for Pkcs1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RSA PKCS#1 ")?;
        f.write_str(self.0.name)
    }
}

impl Pkcs1 {
    fn verify(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
        // Hashed first, so that the hash's stack frame is released before the numbers are computed.
        let mut place = [0; MAX_LENGTH];
        let digest = self.0.digest(&[message], &mut place);
        self.signs(public_key, digest, signature)
    }

    #[inline(never)] // As above.
    fn signs(&self, public_key: &[u8], digest: &[u8], signature: &[u8]) -> Option<bool> {
        let mut place = [0; MAX_BYTES];
        let encoded = encoded_message(public_key, signature, &mut place)?;
        Some(self.is_encoded(encoded, digest))
    }

    /// Compares with 00 01 FF…FF 00 `DigestInfo` of section 9.2: every byte, from the end, without parsing.
    fn is_encoded(&self, encoded: &[u8], digest: &[u8]) -> bool {
        let before = encoded.strip_suffix(digest).and_then(|it| it.strip_suffix(&digest_info(self.0)));
        match before {
            Some([0x00, 0x01, padding @ .., 0x00]) => {
                padding.len() >= 8 && padding.iter().all(|byte| *byte == 0xff)
            }
            _ => false,
        }
    }
}

impl SignatureVerificationAlgorithm for Pkcs1 {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        if self.verify(public_key, message, signature) == Some(true) { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0.pkcs1
    }
}

/// RSASSA-PSS (RFC 8017 section 8.1).
pub struct Pss(&'static Hash);

impl fmt::Debug for Pss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RSA PSS ")?;
        f.write_str(self.0.name)
    }
}

impl Pss {
    fn verify(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
        let mut place = [0; MAX_BYTES];
        let encoded = encoded_message(public_key, signature, &mut place)?;
        let mut place = [0; MAX_LENGTH];
        let message_digest = self.0.digest(&[message], &mut place);
        // Section 9.1.2. The modulus fills whole bytes, so EM has the same length, and its highest bit is zero.
        let [rest @ .., 0xbc] = encoded else { return None };
        let (block, found) = rest.split_at_mut_checked(rest.len().checked_sub(message_digest.len())?)?;
        if block.first().is_none_or(|first| *first >= 0x80) {
            return None;
        }
        self.unmask(found, block);
        if let Some(first) = block.first_mut() {
            *first &= 0x7f;
        }
        // The salt is as long as the hash (RFC 8446 section 4.2.3, and the parameters in `PSS` above).
        let (padding, salt) = block.split_at_checked(block.len().checked_sub(message_digest.len())?)?;
        let [zeros @ .., 0x01] = padding else { return None };
        let mut place = [0; MAX_LENGTH];
        let expected = self.0.digest(&[&[0; 8], message_digest, salt], &mut place);
        Some(zeros.iter().all(|byte| *byte == 0) && found == expected)
    }

    /// Removes the mask that MGF1 (appendix B.2.1) generates from `seed`.
    fn unmask(&self, seed: &[u8], block: &mut [u8]) {
        let mut place = [0; MAX_LENGTH];
        for (chunk, counter) in block.chunks_mut(usize::from(self.0.length).max(1)).zip(0_u32..) {
            let mask = self.0.digest(&[seed, &counter.to_be_bytes()], &mut place);
            for (byte, mask) in chunk.iter_mut().zip(mask) {
                *byte ^= mask;
            }
        }
    }
}

impl SignatureVerificationAlgorithm for Pss {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        if self.verify(public_key, message, signature) == Some(true) { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0.pss
    }
}
