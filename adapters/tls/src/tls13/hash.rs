//! The transcript hash (RFC 8446 section 4.4.1), and HMAC over the same hash (RFC 2104).
//!
//! HMAC is implemented here because the states of the crate `hmac`, which are derived from its key, cannot be wiped.

#[cfg(feature = "sha512")]
use sha2::Sha384;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::suite::HashAlgorithm;
#[cfg(feature = "sha512")]
use crate::copy::copy;
use crate::sha256;

/// A digest, or a secret of the same length: [`HashAlgorithm::length`] bytes, followed by zeros. Wiped when dropped.
pub(super) type Secret = Zeroizing<[u8; HashAlgorithm::MAX_LENGTH]>;

/// Returns an empty secret.
pub(super) fn empty() -> Secret {
    Zeroizing::new([0; HashAlgorithm::MAX_LENGTH])
}

/// A hash with incremental input.
#[derive(Clone)]
enum Running {
    Sha256(Sha256),
    #[cfg(feature = "sha512")]
    Sha384(Sha384),
}

impl Running {
    fn new(algorithm: HashAlgorithm) -> Self {
        match algorithm {
            HashAlgorithm::Sha256 => Self::Sha256(Sha256::new()),
            #[cfg(feature = "sha512")]
            HashAlgorithm::Sha384 => Self::Sha384(Sha384::new()),
        }
    }

    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Sha256(hash) => sha256::update(hash, data),
            #[cfg(feature = "sha512")]
            Self::Sha384(hash) => hash.update(data),
        }
    }

    fn finish(&mut self, digest: &mut [u8]) {
        match self {
            Self::Sha256(hash) => sha256::finish(hash, digest),
            #[cfg(feature = "sha512")]
            Self::Sha384(hash) => copy(&hash.finalize_reset(), digest),
        }
    }

    /// Overwrites the state, which is secret once a key was hashed.
    fn wipe(&mut self) {
        match self {
            Self::Sha256(hash) => *hash = Sha256::new(),
            #[cfg(feature = "sha512")]
            Self::Sha384(hash) => *hash = Sha384::new(),
        }
        zeroize::optimization_barrier(self);
    }
}

/// The transcript of all handshake messages so far.
#[derive(Clone)]
pub(super) struct Transcript {
    sha256: Running,
    /// Both hashes: which one is used is known after the `ServerHello`.
    #[cfg(feature = "sha512")]
    sha384: Running,
}

impl Transcript {
    pub(super) fn new() -> Self {
        Self {
            sha256: Running::new(HashAlgorithm::Sha256),
            #[cfg(feature = "sha512")]
            sha384: Running::new(HashAlgorithm::Sha384),
        }
    }

    pub(super) fn add(&mut self, message: &[u8]) {
        self.sha256.update(message);
        #[cfg(feature = "sha512")]
        self.sha384.update(message);
    }

    fn of(&mut self, algorithm: HashAlgorithm) -> &mut Running {
        match algorithm {
            HashAlgorithm::Sha256 => &mut self.sha256,
            #[cfg(feature = "sha512")]
            HashAlgorithm::Sha384 => &mut self.sha384,
        }
    }

    /// Returns the digest of the messages so far.
    pub(super) fn digest(&self, algorithm: HashAlgorithm) -> Secret {
        let mut digest = empty();
        self.clone().of(algorithm).finish(&mut *digest);
        digest
    }

    /// Replaces the first `ClientHello` with its digest, when the server requests a second one (RFC 8446 section 4.4.1).
    pub(super) fn retry(&mut self) {
        self.retry_with(HashAlgorithm::Sha256);
        #[cfg(feature = "sha512")]
        self.retry_with(HashAlgorithm::Sha384);
    }

    fn retry_with(&mut self, algorithm: HashAlgorithm) {
        const MESSAGE_HASH: u8 = 254;
        let digest = self.digest(algorithm);
        let length = u8::try_from(algorithm.length()).unwrap_or_default();
        let running = self.of(algorithm);
        *running = Running::new(algorithm);
        running.update(&[MESSAGE_HASH, 0, 0, length]);
        running.update(digest.get(..algorithm.length()).unwrap_or_default());
    }
}

/// The length of the longest block of a hash in bytes: that of SHA-384.
const MAX_BLOCK: usize = if cfg!(feature = "sha512") { 128 } else { 64 };

/// Computes the HMAC of the concatenated parts. The key is not longer than a block.
pub(super) fn hmac(algorithm: HashAlgorithm, key: &[u8], parts: &[&[u8]]) -> Secret {
    const INNER: u8 = 0x36;
    const OUTER: u8 = 0x5c;
    let mut block = Zeroizing::new([INNER; MAX_BLOCK]);
    let length = match algorithm {
        HashAlgorithm::Sha256 => 64,
        #[cfg(feature = "sha512")]
        HashAlgorithm::Sha384 => 128,
    };
    for (byte, key) in block.iter_mut().zip(key) {
        *byte ^= key;
    }
    let mut result = empty();
    let mut hash = Running::new(algorithm);
    hash.update(block.get(..length).unwrap_or_default());
    for part in parts {
        hash.update(part);
    }
    hash.finish(&mut *result);
    for byte in block.iter_mut() {
        *byte ^= INNER ^ OUTER;
    }
    hash.update(block.get(..length).unwrap_or_default());
    hash.update(result.get(..algorithm.length()).unwrap_or_default());
    hash.finish(&mut *result);
    hash.wipe();
    block.zeroize();
    result
}

/// Returns whether two digests are equal, in constant time.
pub(super) fn equal(one: &[u8], other: &[u8]) -> bool {
    let difference = one.iter().zip(other).fold(0, |all, (one, other)| all | (one ^ other));
    one.len() == other.len() && core::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        // Test cases 1 and 2 of section 4.
        let result = hmac(HashAlgorithm::Sha256, &[0x0b; 20], &[b"Hi ", b"There"]);
        assert_eq!(result[..4], [0xb0, 0x34, 0x4c, 0x61]);
        assert_eq!(result[28..32], [0x2e, 0x32, 0xcf, 0xf7]);
        let result = hmac(HashAlgorithm::Sha256, b"Jefe", &[b"what do ya want for nothing?"]);
        assert_eq!(result[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        #[cfg(feature = "sha512")]
        {
            let result = hmac(HashAlgorithm::Sha384, b"Jefe", &[b"what do ya want for nothing?"]);
            assert_eq!(result[..4], [0xaf, 0x45, 0xd2, 0xe3]);
        }
    }

    #[test]
    fn digests_are_compared_in_full() {
        assert!(equal(&[1, 2], &[1, 2]));
        assert!(!equal(&[1, 2], &[1, 3]));
        assert!(!equal(&[1, 2], &[1]));
    }
}
