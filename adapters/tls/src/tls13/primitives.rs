//! The cryptography that uses secret keys, behind a trait, so that a chip's accelerator can implement it.

use aes_gcm::Aes128Gcm;
#[cfg(feature = "sha512")]
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::aead::{AeadInPlace, KeyInit};
use chacha20poly1305::ChaCha20Poly1305;
use p256::elliptic_curve::ecdh::diffie_hellman;
use p256::elliptic_curve::sec1::{FromEncodedPoint, ToEncodedPoint};
use p256::{EncodedPoint, PublicKey, SecretKey};
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};
use zeroize::{Zeroize, Zeroizing};

use super::suite::{CipherSuite, NamedGroup};
use crate::copy::copy;

/// The length of an authentication tag in bytes, the same in all suites.
pub const TAG: usize = 16;
/// The length of a nonce in bytes.
pub const NONCE: usize = 12;
/// The length of a secret scalar in bytes, the same in both groups.
pub const SCALAR: usize = 32;

/// The operations of a cryptographic library or accelerator that the engine needs.
///
/// The functions have no receiver: an implementation in hardware keeps its driver in a static, behind a lock. The time of an
/// operation must not depend on secrets, and no copy of a secret may remain.
pub trait Primitives {
    /// Encrypts `text` in place, and returns its tag. The key has [`CipherSuite::key_length`] bytes.
    ///
    /// `None` if it failed; then nothing is sent.
    fn seal(
        suite: CipherSuite,
        key: &[u8],
        nonce: &[u8; NONCE],
        header: &[u8],
        text: &mut [u8],
    ) -> Option<[u8; TAG]>;

    /// Decrypts `text` in place if the tag is valid. Returns whether it was.
    fn open(
        suite: CipherSuite,
        key: &[u8],
        nonce: &[u8; NONCE],
        header: &[u8],
        text: &mut [u8],
        tag: &[u8; TAG],
    ) -> bool;

    /// Writes the key share (RFC 8446 section 4.2.8.2) of a secret, and returns its length.
    ///
    /// `None` if the bytes are not a valid secret of this group: the engine then draws others.
    fn key_share(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        share: &mut [u8; NamedGroup::MAX_SHARE],
    ) -> Option<usize>;

    /// Writes the secret that is shared with the owner of the key share `theirs`.
    ///
    /// `None` if their share is malformed, or the result does not depend on the secret (RFC 8446 section 7.4.2).
    fn shared_secret(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        theirs: &[u8],
        shared: &mut [u8; SCALAR],
    ) -> Option<()>;
}

/// The primitives in software: the crates aes-gcm, chacha20poly1305, x25519-dalek and p256.
#[derive(Debug, Clone, Copy)]
pub struct Software;

/// The first byte of an uncompressed point.
const UNCOMPRESSED: &u8 = &4;

impl Primitives for Software {
    fn seal(
        suite: CipherSuite,
        key: &[u8],
        nonce: &[u8; NONCE],
        header: &[u8],
        text: &mut [u8],
    ) -> Option<[u8; TAG]> {
        let nonce = GenericArray::from_slice(nonce);
        let sealed = match suite {
            CipherSuite::Aes128GcmSha256 => {
                Aes128Gcm::new_from_slice(key).ok()?.encrypt_in_place_detached(nonce, header, text)
            }
            #[cfg(feature = "sha512")]
            CipherSuite::Aes256GcmSha384 => {
                Aes256Gcm::new_from_slice(key).ok()?.encrypt_in_place_detached(nonce, header, text)
            }
            CipherSuite::ChaCha20Poly1305Sha256 => {
                ChaCha20Poly1305::new_from_slice(key).ok()?.encrypt_in_place_detached(nonce, header, text)
            }
        };
        sealed.ok().map(Into::into)
    }

    fn open(
        suite: CipherSuite,
        key: &[u8],
        nonce: &[u8; NONCE],
        header: &[u8],
        text: &mut [u8],
        tag: &[u8; TAG],
    ) -> bool {
        let (nonce, tag) = (GenericArray::from_slice(nonce), GenericArray::from_slice(tag));
        match suite {
            CipherSuite::Aes128GcmSha256 => Aes128Gcm::new_from_slice(key)
                .is_ok_and(|cipher| cipher.decrypt_in_place_detached(nonce, header, text, tag).is_ok()),
            #[cfg(feature = "sha512")]
            CipherSuite::Aes256GcmSha384 => Aes256Gcm::new_from_slice(key)
                .is_ok_and(|cipher| cipher.decrypt_in_place_detached(nonce, header, text, tag).is_ok()),
            CipherSuite::ChaCha20Poly1305Sha256 => ChaCha20Poly1305::new_from_slice(key)
                .is_ok_and(|cipher| cipher.decrypt_in_place_detached(nonce, header, text, tag).is_ok()),
        }
    }

    fn key_share(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        share: &mut [u8; NamedGroup::MAX_SHARE],
    ) -> Option<usize> {
        match group {
            NamedGroup::X25519 => {
                // The function, and not the crate's key types: those would add a second form of the curve.
                let public = x25519(*secret, X25519_BASEPOINT_BYTES);
                copy(&public, share);
                Some(public.len())
            }
            NamedGroup::P256 => {
                let secret = SecretKey::from_slice(secret).ok()?;
                let point = secret.public_key().to_encoded_point(false);
                copy(point.as_bytes(), share);
                Some(point.len())
            }
        }
    }

    fn shared_secret(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        theirs: &[u8],
        shared: &mut [u8; SCALAR],
    ) -> Option<()> {
        match group {
            NamedGroup::X25519 => {
                let theirs = theirs.try_into().ok()?;
                let mut agreed = Zeroizing::new(x25519(*secret, theirs));
                // RFC 7748 section 6.1: all zeros if their point has a small order.
                let nothing = agreed.iter().fold(0, |all, byte| all | byte) == 0;
                copy(&*agreed, shared);
                agreed.zeroize();
                (!nothing).then_some(())
            }
            NamedGroup::P256 => {
                // RFC 8446 section 4.2.8.2: uncompressed, and on the curve.
                let (UNCOMPRESSED, theirs) = theirs.split_first()? else { return None };
                let theirs: &[u8; 2 * SCALAR] = theirs.try_into().ok()?;
                let secret = SecretKey::from_slice(secret).ok()?;
                // This conversion takes no other form, so that the square root for compressed points is not in the program.
                let theirs = EncodedPoint::from_untagged_bytes(theirs.into());
                let theirs = Option::<PublicKey>::from(PublicKey::from_encoded_point(&theirs))?;
                let agreed = diffie_hellman(secret.to_nonzero_scalar(), theirs.as_affine());
                copy(agreed.raw_secret_bytes(), shared);
                Some(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARE: usize = NamedGroup::MAX_SHARE;

    fn share(secret: &[u8; SCALAR]) -> [u8; SHARE] {
        let mut share = [0; SHARE];
        assert_eq!(Software::key_share(NamedGroup::P256, secret, &mut share), Some(SHARE));
        share
    }

    fn shared(secret: &[u8; SCALAR], theirs: &[u8]) -> Option<[u8; SCALAR]> {
        let mut shared = [0; SCALAR];
        Software::shared_secret(NamedGroup::P256, secret, theirs, &mut shared).map(|()| shared)
    }

    #[test]
    fn both_sides_of_p256_agree() {
        let (one, other) = ([1; SCALAR], [2; SCALAR]);
        assert_eq!(shared(&one, &share(&other)), shared(&other, &share(&one)));
        assert!(shared(&one, &share(&other)).is_some());
    }

    /// RFC 8446 section 4.2.8.2: the uncompressed form, of a point on the curve.
    #[test]
    fn other_shares_of_p256_are_refused() {
        let valid = share(&[1; SCALAR]);
        let mut off_the_curve = valid;
        off_the_curve[SHARE - 1] ^= 1;
        let mut zero = [0; SHARE];
        zero[0] = *UNCOMPRESSED;
        // Not reduced modulo the field's prime.
        let mut large = [0xff; SHARE];
        large[0] = *UNCOMPRESSED;
        for share in [off_the_curve, zero, large, [0; SHARE]] {
            assert_eq!(shared(&[2; SCALAR], &share), None);
        }
        // Identity, compressed, compact, hybrid.
        for tag in [0, 2, 3, 5, 6, 7] {
            let mut other = valid;
            other[0] = tag;
            assert_eq!(shared(&[2; SCALAR], &other), None);
            assert_eq!(shared(&[2; SCALAR], &other[..=SCALAR]), None);
        }
        for length in [0, 1, SCALAR + 1, SHARE - 1] {
            assert_eq!(shared(&[2; SCALAR], &valid[..length]), None);
        }
    }
}
