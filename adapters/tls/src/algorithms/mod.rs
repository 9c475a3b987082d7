//! Signature verification without an allocator, through the interface of rustls-webpki.
//!
//! All inputs are public, so constant time is not needed.

mod ecdsa;
#[cfg_attr(not(feature = "rsa"), allow(dead_code, reason = "some of it is RSA's alone"))]
mod hash;
#[cfg_attr(not(feature = "rsa"), allow(dead_code, reason = "some of it is RSA's alone"))]
mod montgomery;
mod p256;
#[cfg(feature = "rsa")]
mod rsa;

#[cfg(feature = "rsa")]
pub(crate) use rsa::unsupported_size as unsupported_rsa_size;
use rustls_pki_types::SignatureVerificationAlgorithm;

#[cfg(feature = "sha512")]
pub use ecdsa::ECDSA_P256_SHA512;
#[cfg(all(feature = "p384", feature = "sha512"))]
pub use ecdsa::ECDSA_P384_SHA512;
pub use ecdsa::{ECDSA_P256_SHA256, ECDSA_P256_SHA384};
#[cfg(feature = "p384")]
pub use ecdsa::{ECDSA_P384_SHA256, ECDSA_P384_SHA384};
#[cfg(feature = "rsa")]
pub use rsa::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PSS_SHA256, RSA_PSS_SHA384};
#[cfg(all(feature = "rsa", feature = "sha512"))]
pub use rsa::{RSA_PKCS1_SHA512, RSA_PSS_SHA512};

/// The longest RSA modulus that is verified, in bits; 0 without the feature `rsa`. The shortest is 2048.
pub const MAX_RSA_BITS: usize = if cfg!(feature = "rsa") { montgomery::MAX_LIMBS * 32 } else { 0 };

/// No algorithm is for RSA keys, so the result is not used.
#[cfg(not(feature = "rsa"))]
pub(crate) fn unsupported_rsa_size(_: &[u8]) -> Option<usize> {
    None
}

/// The algorithms of the enabled features, with which certificates may be signed.
pub const ALL: [&dyn SignatureVerificationAlgorithm; COUNT] = [
    #[cfg(feature = "rsa")]
    &RSA_PKCS1_SHA256,
    &ECDSA_P256_SHA256,
    #[cfg(feature = "rsa")]
    &RSA_PKCS1_SHA384,
    &ECDSA_P256_SHA384,
    #[cfg(feature = "rsa")]
    &RSA_PSS_SHA256,
    #[cfg(feature = "rsa")]
    &RSA_PSS_SHA384,
    #[cfg(feature = "p384")]
    &ECDSA_P384_SHA384,
    #[cfg(feature = "p384")]
    &ECDSA_P384_SHA256,
    #[cfg(all(feature = "rsa", feature = "sha512"))]
    &RSA_PKCS1_SHA512,
    #[cfg(all(feature = "rsa", feature = "sha512"))]
    &RSA_PSS_SHA512,
    #[cfg(feature = "sha512")]
    &ECDSA_P256_SHA512,
    #[cfg(all(feature = "p384", feature = "sha512"))]
    &ECDSA_P384_SHA512,
];

/// The number of algorithms.
const COUNT: usize = 2
    + if cfg!(feature = "rsa") { 4 } else { 0 }
    + if cfg!(feature = "p384") { 2 } else { 0 }
    + if cfg!(feature = "sha512") { 1 } else { 0 }
    + if cfg!(all(feature = "rsa", feature = "sha512")) { 2 } else { 0 }
    + if cfg!(all(feature = "p384", feature = "sha512")) { 1 } else { 0 };
