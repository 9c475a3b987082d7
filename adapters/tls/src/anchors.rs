//! Which certificate authorities are trusted.

use rustls_pki_types::{Der, TrustAnchor};

/// The authorities that issue certificates for Genesys Cloud's hosts: Amazon Root CA 1 to 4 and Starfield Services Root
/// Certificate Authority - G2, which cross-signed the first of them.
///
/// They are taken from [webpki-roots](https://docs.rs/webpki-roots), which follows Mozilla's list, when this package is built.
/// Anchors of your own replace them: see [`Expected::new`](crate::Expected::new).
///
/// Amazon Root CA 2 has an RSA key of 4096 bits and Amazon Root CA 4 one on P-384: they vouch for nobody unless the features
/// `rsa-4096` and `p384` are on. Without them such a chain is refused with
/// [`ChainError::RsaKeySize`](crate::ChainError::RsaKeySize) or
/// [`ChainError::UnsupportedAlgorithm`](crate::ChainError::UnsupportedAlgorithm), which name the feature.
pub static SERVICE: [TrustAnchor<'static>; 5] = include!(concat!(env!("OUT_DIR"), "/anchors.rs"));
