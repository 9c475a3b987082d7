//! ECDSA (FIPS 186-5) with DER-encoded signatures, as certificates (RFC 5758) and TLS 1.3 (RFC 8446) carry them.

use core::fmt;

use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

#[cfg(feature = "sha512")]
use super::hash::SHA512;
use super::hash::{Hash, MAX_LENGTH, SHA256, SHA384};
use super::p256;

/// ECDSA with P-256 and SHA-256.
pub const ECDSA_P256_SHA256: Ecdsa = Ecdsa(&P256, &SHA256);
/// ECDSA with P-256 and SHA-384.
pub const ECDSA_P256_SHA384: Ecdsa = Ecdsa(&P256, &SHA384);
/// ECDSA with P-256 and SHA-512.
#[cfg(feature = "sha512")]
pub const ECDSA_P256_SHA512: Ecdsa = Ecdsa(&P256, &SHA512);
/// ECDSA with P-384 and SHA-256.
#[cfg(feature = "p384")]
pub const ECDSA_P384_SHA256: Ecdsa = Ecdsa(&P384, &SHA256);
/// ECDSA with P-384 and SHA-384.
#[cfg(feature = "p384")]
pub const ECDSA_P384_SHA384: Ecdsa = Ecdsa(&P384, &SHA384);
/// ECDSA with P-384 and SHA-512.
#[cfg(all(feature = "p384", feature = "sha512"))]
pub const ECDSA_P384_SHA512: Ecdsa = Ecdsa(&P384, &SHA512);

/// ECDSA on a curve with a hash.
pub struct Ecdsa(&'static Curve, &'static Hash);

struct Curve {
    name: &'static str,
    key: AlgorithmIdentifier,
    verify: Verify,
}

/// Returns whether a DER-encoded signature of a digest is valid for the key, an uncompressed point; `None` if an input is
/// malformed.
type Verify = fn(public_key: &[u8], digest: &[u8], signature: &[u8]) -> Option<bool>;

static P256: Curve = Curve { name: "P-256", key: alg_id::ECDSA_P256, verify: p256::verify };

#[cfg(feature = "p384")]
static P384: Curve = Curve { name: "P-384", key: alg_id::ECDSA_P384, verify: verify_p384 };

/// Keys in certificates are uncompressed points (RFC 5480 section 2.2: support of compressed ones is optional, and none is in
/// use).
const UNCOMPRESSED: u8 = 0x04;

#[cfg(feature = "p384")]
fn verify_p384(public_key: &[u8], digest: &[u8], signature: &[u8]) -> Option<bool> {
    use p384::ecdsa::signature::hazmat::PrehashVerifier;
    use p384::ecdsa::{Signature, VerifyingKey};

    let key = VerifyingKey::from_sec1_bytes(public_key).ok()?;
    let signature = Signature::from_der(signature).ok()?;
    Some(key.verify_prehash(digest, &signature).is_ok())
}

impl fmt::Debug for Ecdsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ECDSA ")?;
        f.write_str(self.0.name)?;
        f.write_str(" ")?;
        f.write_str(self.1.name)
    }
}

impl SignatureVerificationAlgorithm for Ecdsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let Self(curve, hash) = self;
        let mut place = [0; MAX_LENGTH];
        let digest = hash.digest(&[message], &mut place);
        let valid = public_key.first() == Some(&UNCOMPRESSED)
            && (curve.verify)(public_key, digest, signature) == Some(true);
        if valid { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.0.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.1.ecdsa
    }
}
