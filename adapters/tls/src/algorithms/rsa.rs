//! RSA signature verification (RFC 8017): PKCS#1 v1.5 and PSS.

use core::fmt;
use core::marker::PhantomData;

use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};
#[cfg(feature = "sha512")]
use sha2::Sha512;
use sha2::digest::{Digest, FixedOutputReset};
use sha2::{Sha256, Sha384};

use super::montgomery::{self, MAX_BYTES};
use crate::der;

/// RSA PKCS#1 v1.5 with SHA-256.
pub const RSA_PKCS1_SHA256: Pkcs1<Sha256> = Pkcs1(PhantomData);
/// RSA PKCS#1 v1.5 with SHA-384.
pub const RSA_PKCS1_SHA384: Pkcs1<Sha384> = Pkcs1(PhantomData);
/// RSA PKCS#1 v1.5 with SHA-512.
#[cfg(feature = "sha512")]
pub const RSA_PKCS1_SHA512: Pkcs1<Sha512> = Pkcs1(PhantomData);
/// RSA PSS with SHA-256, MGF1 of the same hash and a salt of its length.
pub const RSA_PSS_SHA256: Pss<Sha256> = Pss(PhantomData);
/// RSA PSS with SHA-384, MGF1 of the same hash and a salt of its length.
pub const RSA_PSS_SHA384: Pss<Sha384> = Pss(PhantomData);
/// RSA PSS with SHA-512, MGF1 of the same hash and a salt of its length.
#[cfg(feature = "sha512")]
pub const RSA_PSS_SHA512: Pss<Sha512> = Pss(PhantomData);

const MIN_BYTES: usize = 256;

/// The length in bits of an RSA key that is outside of what is verified; `None` for one inside, or for no RSA key.
pub(crate) fn unsupported_size(public_key: &[u8]) -> Option<usize> {
    let (modulus, _) = der::rsa_public_key(public_key)?;
    let leading = modulus.first()?.leading_zeros();
    let bits = modulus.len() * 8 - usize::try_from(leading).ok()?;
    (!supported(modulus)).then_some(bits)
}

/// Whole limbs: 2048, 2080, … bits. What certificate authorities issue is 2048, 3072 and 4096.
fn supported(modulus: &[u8]) -> bool {
    (MIN_BYTES..=MAX_BYTES).contains(&modulus.len())
        && modulus.len().is_multiple_of(4)
        && modulus.first().is_some_and(|first| *first >= 0x80)
}

/// The encoded message (EM of RFC 8017 section 8) that `signature` holds, as long as the modulus.
fn encoded_message<'b>(
    public_key: &[u8],
    signature: &[u8],
    buffer: &'b mut [u8; MAX_BYTES],
) -> Result<&'b mut [u8], InvalidSignature> {
    let (modulus, exponent) = der::rsa_public_key(public_key).ok_or(InvalidSignature)?;
    if !supported(modulus) || signature.len() != modulus.len() || exponent.len() > 4 {
        return Err(InvalidSignature);
    }
    let exponent = exponent.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
    let message = buffer.get_mut(..signature.len()).ok_or(InvalidSignature)?;
    message.copy_from_slice(signature);
    montgomery::power(message, exponent, modulus).ok_or(InvalidSignature)?;
    Ok(message)
}

/// What the standards say about a hash.
trait RsaHash: Digest + FixedOutputReset {
    /// `DigestInfo` up to the digest itself (RFC 8017 section 9.2, note 1).
    const DIGEST_INFO: [u8; 19];
    const PKCS1: AlgorithmIdentifier;
    const PSS: AlgorithmIdentifier;
    const NAME: &'static str;
}

/// The prefixes of SHA-2 differ in three bytes.
const fn digest_info(arc: u8, length: u8) -> [u8; 19] {
    [
        0x30,
        17 + length,
        0x30,
        0x0d,
        0x06,
        0x09,
        0x60,
        0x86,
        0x48,
        0x01,
        0x65,
        0x03,
        0x04,
        0x02,
        arc,
        0x05,
        0x00,
        0x04,
        length,
    ]
}

impl RsaHash for Sha256 {
    const DIGEST_INFO: [u8; 19] = digest_info(1, 32);
    const PKCS1: AlgorithmIdentifier = alg_id::RSA_PKCS1_SHA256;
    const PSS: AlgorithmIdentifier = alg_id::RSA_PSS_SHA256;
    const NAME: &'static str = "SHA-256";
}

impl RsaHash for Sha384 {
    const DIGEST_INFO: [u8; 19] = digest_info(2, 48);
    const PKCS1: AlgorithmIdentifier = alg_id::RSA_PKCS1_SHA384;
    const PSS: AlgorithmIdentifier = alg_id::RSA_PSS_SHA384;
    const NAME: &'static str = "SHA-384";
}

#[cfg(feature = "sha512")]
impl RsaHash for Sha512 {
    const DIGEST_INFO: [u8; 19] = digest_info(3, 64);
    const PKCS1: AlgorithmIdentifier = alg_id::RSA_PKCS1_SHA512;
    const PSS: AlgorithmIdentifier = alg_id::RSA_PSS_SHA512;
    const NAME: &'static str = "SHA-512";
}

/// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
pub struct Pkcs1<H>(PhantomData<fn() -> H>);

#[allow(private_bounds)] // Which hashes there are is decided here.
impl<H: RsaHash> fmt::Debug for Pkcs1<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RSA PKCS#1 ")?;
        f.write_str(H::NAME)
    }
}

impl<H: RsaHash> SignatureVerificationAlgorithm for Pkcs1<H> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let mut buffer = [0; MAX_BYTES];
        let encoded = encoded_message(public_key, signature, &mut buffer)?;
        // Section 9.2: 00 01 FF…FF 00 DigestInfo. The whole of it is compared, nothing is parsed.
        let digest = H::digest(message);
        let (rest, found) = encoded.split_last_chunk_or(digest.len())?;
        let (rest, info) = rest.split_last_chunk_or(H::DIGEST_INFO.len())?;
        let padded = match rest {
            [0x00, 0x01, padding @ .., 0x00] => {
                padding.len() >= 8 && padding.iter().all(|byte| *byte == 0xff)
            }
            _ => false,
        };
        if padded && *info == H::DIGEST_INFO && *found == *digest { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        H::PKCS1
    }
}

/// RSASSA-PSS (RFC 8017 section 8.1).
pub struct Pss<H>(PhantomData<fn() -> H>);

#[allow(private_bounds)] // Which hashes there are is decided here.
impl<H: RsaHash> fmt::Debug for Pss<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RSA PSS ")?;
        f.write_str(H::NAME)
    }
}

impl<H: RsaHash> SignatureVerificationAlgorithm for Pss<H> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let mut buffer = [0; MAX_BYTES];
        let encoded = encoded_message(public_key, signature, &mut buffer)?;
        let message_digest = H::digest(message);
        // Section 9.1.2. The modulus fills whole bytes, so EM is as long, and its highest bit is the one left over.
        let hash_length = message_digest.len();
        let Some((0xbc, rest)) = encoded.split_last_mut().map(|(last, rest)| (*last, rest)) else {
            return Err(InvalidSignature);
        };
        let block_length = rest.len().checked_sub(hash_length).ok_or(InvalidSignature)?;
        let (block, found) = rest.split_at_mut_checked(block_length).ok_or(InvalidSignature)?;
        if block.first().is_none_or(|first| *first >= 0x80) {
            return Err(InvalidSignature);
        }
        unmask::<H>(found, block);
        if let Some(first) = block.first_mut() {
            *first &= 0x7f;
        }
        // The salt is as long as the hash (RFC 8446 section 4.2.3, and the parameters in `PSS` above).
        let (padding, salt) = block.split_last_chunk_or(hash_length)?;
        let Some((0x01, zeros)) = padding.split_last() else { return Err(InvalidSignature) };
        let mut hash = H::new();
        Digest::update(&mut hash, [0; 8]);
        Digest::update(&mut hash, &message_digest);
        Digest::update(&mut hash, salt);
        if zeros.iter().all(|byte| *byte == 0) && *found == *hash.finalize() {
            Ok(())
        } else {
            Err(InvalidSignature)
        }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        H::PSS
    }
}

/// Takes the mask off that MGF1 (appendix B.2.1) makes from `seed`.
fn unmask<H: RsaHash>(seed: &[u8], block: &mut [u8]) {
    let mut hash = H::new();
    for (chunk, counter) in block.chunks_mut(<H as Digest>::output_size()).zip(0_u32..) {
        Digest::update(&mut hash, seed);
        Digest::update(&mut hash, counter.to_be_bytes());
        for (byte, mask) in chunk.iter_mut().zip(hash.finalize_fixed_reset()) {
            *byte ^= mask;
        }
    }
}

/// The last `length` bytes and those before them.
trait SplitEnd {
    fn split_last_chunk_or(&self, length: usize) -> Result<(&[u8], &[u8]), InvalidSignature>;
}

impl SplitEnd for [u8] {
    fn split_last_chunk_or(&self, length: usize) -> Result<(&[u8], &[u8]), InvalidSignature> {
        self.len().checked_sub(length).and_then(|at| self.split_at_checked(at)).ok_or(InvalidSignature)
    }
}
