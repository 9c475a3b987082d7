//! The cryptography that uses secret keys, behind a trait, so that a chip's accelerator can implement it.

use core::fmt;
use core::task::{Poll, ready};

use aes_gcm::Aes128Gcm;
#[cfg(feature = "sha512")]
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::aead::{AeadInPlace, KeyInit};
use chacha20poly1305::ChaCha20Poly1305;
use p256::ProjectivePoint;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::p256::{Multiplication, point};
use super::suite::{CipherSuite, NamedGroup, SCALAR};
use crate::copy::copy;

/// The length of an authentication tag in bytes, the same in all suites.
pub const TAG: usize = 16;
/// The length of a nonce in bytes.
pub const NONCE: usize = 12;

/// The operations of a cryptographic library or accelerator that the engine needs.
///
/// The functions have no receiver: an implementation in hardware keeps its driver in a static, behind a lock. The time of an
/// operation must not depend on secrets, and no copy of a secret may remain.
pub trait Primitives {
    /// The key of one direction, in the form that [`seal`](Self::seal) and [`open`](Self::open) take it: expanded once for many
    /// records, or its bytes, for which there is [`RecordKey`]. A session contains two, so its size matters.
    type Key: ZeroizeOnDrop;

    /// Prepares a key for records. It has [`CipherSuite::key_length`] bytes.
    ///
    /// `None` if it failed; then the connection fails.
    fn key(suite: CipherSuite, key: &[u8]) -> Option<Self::Key>;

    /// Encrypts `text` in place, and returns its tag.
    ///
    /// `None` if it failed; then nothing is sent.
    fn seal(key: &Self::Key, nonce: &[u8; NONCE], header: &[u8], text: &mut [u8]) -> Option<[u8; TAG]>;

    /// Decrypts `text` in place if the tag is valid. Returns whether it was.
    fn open(key: &Self::Key, nonce: &[u8; NONCE], header: &[u8], text: &mut [u8], tag: &[u8; TAG]) -> bool;

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

    /// Does the next step of [`key_share`](Self::key_share): called with the same values, until it is ready. Other tasks run between
    /// the steps.
    ///
    /// By default there is one step, which suits an accelerator.
    fn key_share_step(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        share: &mut [u8; NamedGroup::MAX_SHARE],
        progress: &mut ExchangeProgress,
    ) -> Poll<Option<usize>> {
        let _ = progress;
        Poll::Ready(Self::key_share(group, secret, share))
    }

    /// Does the next step of [`shared_secret`](Self::shared_secret), as [`key_share_step`](Self::key_share_step) does.
    fn shared_secret_step(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        theirs: &[u8],
        shared: &mut [u8; SCALAR],
        progress: &mut ExchangeProgress,
    ) -> Poll<Option<()>> {
        let _ = progress;
        Poll::Ready(Self::shared_secret(group, secret, theirs, shared))
    }
}

/// What [`Software`] computed so far of one operation of a key exchange. Wiped when the operation is complete, and when dropped.
pub struct ExchangeProgress(Multiplication);

impl ExchangeProgress {
    /// Creates the one before the first step.
    #[must_use]
    pub const fn new() -> Self {
        Self(Multiplication::new())
    }
}

impl Default for ExchangeProgress {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ExchangeProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExchangeProgress").finish_non_exhaustive()
    }
}

/// The bytes of a key, with its suite: a [`Primitives::Key`] for a cipher that expands a key in no time. Wiped when dropped.
pub struct RecordKey {
    suite: CipherSuite,
    bytes: Zeroizing<[u8; CipherSuite::MAX_KEY]>,
}

impl RecordKey {
    /// Copies a key; `None` if its length is not that of the suite.
    #[must_use]
    pub fn new(suite: CipherSuite, key: &[u8]) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; CipherSuite::MAX_KEY]);
        bytes.get_mut(..suite.key_length()).filter(|place| place.len() == key.len())?.copy_from_slice(key);
        Some(Self { suite, bytes })
    }

    /// Returns the suite that the key is for.
    #[must_use]
    pub fn suite(&self) -> CipherSuite {
        self.suite
    }

    /// Returns the key.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.suite.key_length()).unwrap_or_default()
    }
}

impl ZeroizeOnDrop for RecordKey {}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordKey").field("suite", &self.suite).finish_non_exhaustive()
    }
}

/// The primitives in software: the crates aes-gcm, chacha20poly1305, x25519-dalek and p256.
#[derive(Debug, Clone, Copy)]
pub struct Software;

/// A key for [`Software`]: with AES the expanded round keys and the key of GHASH, which together take as many instructions as a short
/// record. Wiped when dropped.
pub struct ExpandedKey(Cipher);

// There is no heap for the larger variants.
#[allow(clippy::large_enum_variant)]
enum Cipher {
    Aes128Gcm(Aes128Gcm),
    #[cfg(feature = "sha512")]
    Aes256Gcm(Aes256Gcm),
    ChaCha20Poly1305(ChaCha20Poly1305),
    #[allow(dead_code)] // Nothing reads it.
    Wiped([u8; size_of::<LargestCipher>()]),
}

#[cfg(not(feature = "sha512"))]
type LargestCipher = Aes128Gcm;
#[cfg(feature = "sha512")]
type LargestCipher = Aes256Gcm;

/// The ciphers wipe their keys. The rest is overwritten too: a smaller cipher was moved here together with bytes that belong to none.
impl Drop for ExpandedKey {
    fn drop(&mut self) {
        self.0 = Cipher::Wiped([0; size_of::<LargestCipher>()]);
        zeroize::optimization_barrier(&self.0);
    }
}

impl ZeroizeOnDrop for ExpandedKey {}

impl fmt::Debug for ExpandedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExpandedKey").finish_non_exhaustive()
    }
}

impl Primitives for Software {
    type Key = ExpandedKey;

    fn key(suite: CipherSuite, key: &[u8]) -> Option<ExpandedKey> {
        Some(ExpandedKey(match suite {
            CipherSuite::Aes128GcmSha256 => Cipher::Aes128Gcm(Aes128Gcm::new_from_slice(key).ok()?),
            #[cfg(feature = "sha512")]
            CipherSuite::Aes256GcmSha384 => Cipher::Aes256Gcm(Aes256Gcm::new_from_slice(key).ok()?),
            CipherSuite::ChaCha20Poly1305Sha256 => {
                Cipher::ChaCha20Poly1305(ChaCha20Poly1305::new_from_slice(key).ok()?)
            }
        }))
    }

    fn seal(key: &ExpandedKey, nonce: &[u8; NONCE], header: &[u8], text: &mut [u8]) -> Option<[u8; TAG]> {
        let nonce = GenericArray::from_slice(nonce);
        let sealed = match &key.0 {
            Cipher::Aes128Gcm(cipher) => cipher.encrypt_in_place_detached(nonce, header, text),
            #[cfg(feature = "sha512")]
            Cipher::Aes256Gcm(cipher) => cipher.encrypt_in_place_detached(nonce, header, text),
            Cipher::ChaCha20Poly1305(cipher) => cipher.encrypt_in_place_detached(nonce, header, text),
            Cipher::Wiped(_) => return None,
        };
        sealed.ok().map(Into::into)
    }

    fn open(key: &ExpandedKey, nonce: &[u8; NONCE], header: &[u8], text: &mut [u8], tag: &[u8; TAG]) -> bool {
        let (nonce, tag) = (GenericArray::from_slice(nonce), GenericArray::from_slice(tag));
        let opened = match &key.0 {
            Cipher::Aes128Gcm(cipher) => cipher.decrypt_in_place_detached(nonce, header, text, tag),
            #[cfg(feature = "sha512")]
            Cipher::Aes256Gcm(cipher) => cipher.decrypt_in_place_detached(nonce, header, text, tag),
            Cipher::ChaCha20Poly1305(cipher) => cipher.decrypt_in_place_detached(nonce, header, text, tag),
            Cipher::Wiped(_) => return false,
        };
        opened.is_ok()
    }

    fn key_share(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        share: &mut [u8; NamedGroup::MAX_SHARE],
    ) -> Option<usize> {
        all_steps(|progress| Self::key_share_step(group, secret, share, progress))
    }

    fn shared_secret(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        theirs: &[u8],
        shared: &mut [u8; SCALAR],
    ) -> Option<()> {
        all_steps(|progress| Self::shared_secret_step(group, secret, theirs, shared, progress))
    }

    fn key_share_step(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        share: &mut [u8; NamedGroup::MAX_SHARE],
        progress: &mut ExchangeProgress,
    ) -> Poll<Option<usize>> {
        Poll::Ready(match group {
            NamedGroup::X25519 => {
                // The function, and not the crate's key types: those would add a second form of the curve.
                let public = x25519(*secret, X25519_BASEPOINT_BYTES);
                copy(&public, share);
                Some(public.len())
            }
            NamedGroup::P256 => ready!(progress.0.step(secret, &ProjectivePoint::GENERATOR)).map(|public| {
                let public = public.to_encoded_point(false);
                copy(public.as_bytes(), share);
                public.len()
            }),
        })
    }

    fn shared_secret_step(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        theirs: &[u8],
        shared: &mut [u8; SCALAR],
        progress: &mut ExchangeProgress,
    ) -> Poll<Option<()>> {
        match group {
            NamedGroup::X25519 => {
                let Ok(theirs) = theirs.try_into() else { return Poll::Ready(None) };
                let mut agreed = Zeroizing::new(x25519(*secret, theirs));
                // RFC 7748 section 6.1: all zeros if their point has a small order.
                let nothing = agreed.iter().fold(0, |all, byte| all | byte) == 0;
                copy(&*agreed, shared);
                agreed.zeroize();
                Poll::Ready((!nothing).then_some(()))
            }
            NamedGroup::P256 => {
                let Some(theirs) = point(theirs) else { return Poll::Ready(None) };
                let agreed = ready!(progress.0.step(secret, &theirs)).map(Zeroizing::new);
                // RFC 8446 section 7.4.2: the x-coordinate.
                let x = agreed.map(|agreed| Zeroizing::new(agreed.x()));
                Poll::Ready(x.map(|x| copy(&x, shared)))
            }
        }
    }
}

/// Does one step after the other.
fn all_steps<T>(mut step: impl FnMut(&mut ExchangeProgress) -> Poll<T>) -> T {
    let mut progress = ExchangeProgress::new();
    loop {
        if let Poll::Ready(result) = step(&mut progress) {
            return result;
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
        zero[0] = valid[0];
        // Not reduced modulo the field's prime.
        let mut large = [0xff; SHARE];
        large[0] = valid[0];
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
