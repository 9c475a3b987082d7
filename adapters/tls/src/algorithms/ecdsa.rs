//! ECDSA (FIPS 186-5) with DER-encoded signatures, as certificates (RFC 5758) and TLS 1.3 (RFC 8446) carry them.

use core::fmt;
use core::marker::PhantomData;

use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};
#[cfg(feature = "sha512")]
use sha2::Sha512;
use sha2::{Digest, Sha256, Sha384};

/// ECDSA with P-256 and SHA-256.
pub const ECDSA_P256_SHA256: Ecdsa<P256, Sha256> = Ecdsa(PhantomData);
/// ECDSA with P-256 and SHA-384.
pub const ECDSA_P256_SHA384: Ecdsa<P256, Sha384> = Ecdsa(PhantomData);
/// ECDSA with P-256 and SHA-512.
#[cfg(feature = "sha512")]
pub const ECDSA_P256_SHA512: Ecdsa<P256, Sha512> = Ecdsa(PhantomData);
/// ECDSA with P-384 and SHA-256.
#[cfg(feature = "p384")]
pub const ECDSA_P384_SHA256: Ecdsa<P384, Sha256> = Ecdsa(PhantomData);
/// ECDSA with P-384 and SHA-384.
#[cfg(feature = "p384")]
pub const ECDSA_P384_SHA384: Ecdsa<P384, Sha384> = Ecdsa(PhantomData);
/// ECDSA with P-384 and SHA-512.
#[cfg(all(feature = "p384", feature = "sha512"))]
pub const ECDSA_P384_SHA512: Ecdsa<P384, Sha512> = Ecdsa(PhantomData);

/// ECDSA on curve `C` with hash `H`.
pub struct Ecdsa<C, H>(PhantomData<fn() -> (C, H)>);

trait Curve {
    const KEY: AlgorithmIdentifier;
    const NAME: &'static str;

    fn verify(public_key: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), InvalidSignature>;
}

trait EcdsaHash: Digest {
    const SIGNATURE: AlgorithmIdentifier;
    const NAME: &'static str;
}

impl EcdsaHash for Sha256 {
    const SIGNATURE: AlgorithmIdentifier = alg_id::ECDSA_SHA256;
    const NAME: &'static str = "SHA-256";
}

impl EcdsaHash for Sha384 {
    const SIGNATURE: AlgorithmIdentifier = alg_id::ECDSA_SHA384;
    const NAME: &'static str = "SHA-384";
}

#[cfg(feature = "sha512")]
impl EcdsaHash for Sha512 {
    const SIGNATURE: AlgorithmIdentifier = alg_id::ECDSA_SHA512;
    const NAME: &'static str = "SHA-512";
}

/// Keys in certificates are uncompressed points (RFC 5480 section 2.2: compressed ones MAY be supported, and none is in use).
const UNCOMPRESSED: u8 = 0x04;

/// NIST P-256.
#[derive(Debug)]
pub struct P256;

impl Curve for P256 {
    const KEY: AlgorithmIdentifier = alg_id::ECDSA_P256;
    const NAME: &'static str = "P-256";

    fn verify(public_key: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        use p256::ecdsa::signature::hazmat::PrehashVerifier;
        use p256::ecdsa::{Signature, VerifyingKey};

        if public_key.first() != Some(&UNCOMPRESSED) {
            return Err(InvalidSignature);
        }
        let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature = Signature::from_der(signature).map_err(|_| InvalidSignature)?;
        key.verify_prehash(digest, &signature).map_err(|_| InvalidSignature)
    }
}

/// NIST P-384.
#[cfg(feature = "p384")]
#[derive(Debug)]
pub struct P384;

#[cfg(feature = "p384")]
impl Curve for P384 {
    const KEY: AlgorithmIdentifier = alg_id::ECDSA_P384;
    const NAME: &'static str = "P-384";

    fn verify(public_key: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        use p384::ecdsa::signature::hazmat::PrehashVerifier;
        use p384::ecdsa::{Signature, VerifyingKey};

        if public_key.first() != Some(&UNCOMPRESSED) {
            return Err(InvalidSignature);
        }
        let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature = Signature::from_der(signature).map_err(|_| InvalidSignature)?;
        key.verify_prehash(digest, &signature).map_err(|_| InvalidSignature)
    }
}

#[allow(private_bounds)] // Which curves and hashes there are is decided here.
impl<C: Curve, H: EcdsaHash> fmt::Debug for Ecdsa<C, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ECDSA ")?;
        f.write_str(C::NAME)?;
        f.write_str(" ")?;
        f.write_str(H::NAME)
    }
}

impl<C: Curve, H: EcdsaHash> SignatureVerificationAlgorithm for Ecdsa<C, H> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        C::verify(public_key, &H::digest(message), signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        C::KEY
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        H::SIGNATURE
    }
}
