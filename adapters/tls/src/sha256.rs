//! SHA-256 for the handshake and for signatures: two functions that are compiled once. Inlined, the code around the compression
//! function would be in the program at each place that hashes.

use sha2::{Digest, Sha256};

use crate::copy::copy;

/// Hashes further data.
#[inline(never)] // None of its callers is critical for speed.
pub(crate) fn update(hash: &mut Sha256, data: &[u8]) {
    hash.update(data);
}

/// Writes the digest to the beginning of `place`, and resets the hash.
#[inline(never)] // As above.
pub(crate) fn finish(hash: &mut Sha256, place: &mut [u8]) {
    copy(&hash.finalize_reset(), place);
}
