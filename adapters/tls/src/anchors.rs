//! Trust anchors of the service.

use rustls_pki_types::{Der, TrustAnchor};

/// The certificate authorities of Genesys Cloud's hosts: Amazon Root CA 1 to 4, and Starfield Services Root Certificate
/// Authority - G2, which cross-signed Amazon Root CA 1.
///
/// The build script takes them from [webpki-roots](https://docs.rs/webpki-roots), which follows Mozilla's root store. To use other
/// trust anchors, pass them to [`Expected::new`](crate::Expected::new).
///
/// Amazon Root CA 2 has an RSA key of 4096 bits and Amazon Root CA 4 a key on P-384. Chains that end at them are accepted only with
/// the features `rsa-4096` and `p384`. Without the feature the chain is refused with
/// [`ChainError::RsaKeySize`](crate::ChainError::RsaKeySize) or
/// [`ChainError::UnsupportedAlgorithm`](crate::ChainError::UnsupportedAlgorithm), whose messages name the feature.
pub static SERVICE: [TrustAnchor<'static>; 5] = include!(concat!(env!("OUT_DIR"), "/anchors.rs"));
