//! The parameters of each hash, as data: the same code serves all hashes, which saves flash.

use rustls_pki_types::{AlgorithmIdentifier, alg_id};
#[cfg(feature = "sha512")]
use sha2::Sha512;
use sha2::{Digest as _, Sha256, Sha384};

use crate::sha256;

/// The length of the longest digest in bytes.
pub(super) const MAX_LENGTH: usize = if cfg!(feature = "sha512") { 64 } else { 48 };

/// A hash of the SHA-2 family.
pub(super) struct Hash {
    pub(super) name: &'static str,
    /// The length of a digest in bytes.
    pub(super) length: u8,
    /// The last arc of its object identifier, 2.16.840.1.101.3.4.2.x.
    pub(super) arc: u8,
    pub(super) pkcs1: AlgorithmIdentifier,
    pub(super) pss: AlgorithmIdentifier,
    pub(super) ecdsa: AlgorithmIdentifier,
    compute: fn(&[&[u8]], &mut [u8; MAX_LENGTH]),
}

impl Hash {
    /// Writes the digest of the concatenated parts to `place`, and returns it.
    pub(super) fn digest<'p>(&self, parts: &[&[u8]], place: &'p mut [u8; MAX_LENGTH]) -> &'p [u8] {
        (self.compute)(parts, place);
        place.get(..usize::from(self.length)).unwrap_or_default()
    }
}

fn compute_sha256(parts: &[&[u8]], place: &mut [u8; MAX_LENGTH]) {
    let mut hash = Sha256::new();
    for part in parts {
        sha256::update(&mut hash, part);
    }
    sha256::finish(&mut hash, place);
}

fn compute<H: sha2::Digest>(parts: &[&[u8]], place: &mut [u8; MAX_LENGTH]) {
    let mut hash = H::new();
    for part in parts {
        hash.update(part);
    }
    for (to, from) in place.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
}

pub(super) static SHA256: Hash = Hash {
    name: "SHA-256",
    length: 32,
    arc: 1,
    pkcs1: alg_id::RSA_PKCS1_SHA256,
    pss: alg_id::RSA_PSS_SHA256,
    ecdsa: alg_id::ECDSA_SHA256,
    compute: compute_sha256,
};

pub(super) static SHA384: Hash = Hash {
    name: "SHA-384",
    length: 48,
    arc: 2,
    pkcs1: alg_id::RSA_PKCS1_SHA384,
    pss: alg_id::RSA_PSS_SHA384,
    ecdsa: alg_id::ECDSA_SHA384,
    compute: compute::<Sha384>,
};

#[cfg(feature = "sha512")]
pub(super) static SHA512: Hash = Hash {
    name: "SHA-512",
    length: 64,
    arc: 3,
    pkcs1: alg_id::RSA_PKCS1_SHA512,
    pss: alg_id::RSA_PSS_SHA512,
    ecdsa: alg_id::ECDSA_SHA512,
    compute: compute::<Sha512>,
};
