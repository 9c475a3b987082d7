//! The cryptography that uses secret keys, behind a trait, so that a chip's accelerator can implement it.

use aes_gcm::Aes128Gcm;
#[cfg(feature = "sha512")]
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::aead::{AeadInPlace, KeyInit};
use chacha20poly1305::ChaCha20Poly1305;
use p256::elliptic_curve::ecdh::diffie_hellman;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::{PublicKey, SecretKey};
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
const UNCOMPRESSED: u8 = 4;

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
                if theirs.len() != NamedGroup::MAX_SHARE || theirs.first() != Some(&UNCOMPRESSED) {
                    return None;
                }
                let secret = SecretKey::from_slice(secret).ok()?;
                let theirs = PublicKey::from_sec1_bytes(theirs).ok()?;
                let agreed = diffie_hellman(secret.to_nonzero_scalar(), theirs.as_affine());
                copy(agreed.raw_secret_bytes(), shared);
                Some(())
            }
        }
    }
}
