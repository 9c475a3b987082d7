//! Signature verification without an allocator, as rustls-webpki asks for it.
//!
//! All values are public, so nothing here needs constant time.

mod ecdsa;
mod hash;
mod montgomery;
mod p256;
mod rsa;

pub(crate) use rsa::unsupported_size as unsupported_rsa_size;
use rustls_pki_types::SignatureVerificationAlgorithm;

#[cfg(all(feature = "p384", feature = "sha512"))]
pub use ecdsa::ECDSA_P384_SHA512;
pub use ecdsa::{ECDSA_P256_SHA256, ECDSA_P256_SHA384};
#[cfg(feature = "p384")]
pub use ecdsa::{ECDSA_P384_SHA256, ECDSA_P384_SHA384};
pub use rsa::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PSS_SHA256, RSA_PSS_SHA384};
#[cfg(feature = "sha512")]
pub use {
    ecdsa::ECDSA_P256_SHA512,
    rsa::{RSA_PKCS1_SHA512, RSA_PSS_SHA512},
};

/// The longest RSA modulus that is verified, in bits. The shortest is 2048.
pub const MAX_RSA_BITS: usize = montgomery::MAX_LIMBS * 32;

/// Every algorithm that the enabled features give: what a certificate may be signed with.
pub const ALL: [&dyn SignatureVerificationAlgorithm; COUNT] = [
    &RSA_PKCS1_SHA256,
    &ECDSA_P256_SHA256,
    &RSA_PKCS1_SHA384,
    &ECDSA_P256_SHA384,
    &RSA_PSS_SHA256,
    &RSA_PSS_SHA384,
    #[cfg(feature = "p384")]
    &ECDSA_P384_SHA384,
    #[cfg(feature = "p384")]
    &ECDSA_P384_SHA256,
    #[cfg(feature = "sha512")]
    &RSA_PKCS1_SHA512,
    #[cfg(feature = "sha512")]
    &RSA_PSS_SHA512,
    #[cfg(feature = "sha512")]
    &ECDSA_P256_SHA512,
    #[cfg(all(feature = "p384", feature = "sha512"))]
    &ECDSA_P384_SHA512,
];

/// How many there are.
const COUNT: usize = 6
    + if cfg!(feature = "p384") { 2 } else { 0 }
    + if cfg!(feature = "sha512") { 3 } else { 0 }
    + if cfg!(all(feature = "p384", feature = "sha512")) { 1 } else { 0 };
