//! Authentication of the server: its chain, and its signature over this handshake.

use rustls_pki_types::{SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use webpki::RawPublicKeyEntity;

use super::client_hello::offered_for_handshake;
use super::fault::Fault;
use super::hash::Secret;
use super::suite::HashAlgorithm;
use super::writer::Writer;
use crate::chain::ChainError;
use crate::copy::copy;
use crate::{algorithms, der};

/// The longest `SubjectPublicKeyInfo`: an RSA key of [`algorithms::MAX_RSA_BITS`] with an exponent of four bytes, or one on P-384.
const MAX_KEY: usize = if cfg!(feature = "rsa") { algorithms::MAX_RSA_BITS / 8 + 40 } else { 120 };

/// The leaf's `SubjectPublicKeyInfo`; empty if the chain, or the key, has an algorithm that is not supported.
pub(super) struct LeafKey {
    spki: [u8; MAX_KEY],
    length: usize,
}

impl LeafKey {
    /// Returns the key of a leaf whose chain was verified.
    pub(super) fn of(certificate: &[u8]) -> Self {
        let key = der::subject_public_key_info(certificate).unwrap_or_default();
        let mut leaf = Self::unsupported();
        if let Some(place) = leaf.spki.get_mut(..key.len()) {
            copy(key, place);
            leaf.length = key.len();
        }
        leaf
    }

    pub(super) fn unsupported() -> Self {
        Self { spki: [0; MAX_KEY], length: 0 }
    }

    /// Verifies a `CertificateVerify` over the messages with this digest (RFC 8446 section 4.4.3).
    ///
    /// The scheme comes first: with one that was not offered, the server ignored the `ClientHello`, whatever its chain is.
    pub(super) fn verify(
        &self,
        scheme: u16,
        signature: &[u8],
        digest: &Secret,
        hash: HashAlgorithm,
    ) -> Result<(), Fault> {
        let algorithm = algorithm(scheme).ok_or(Fault::SignatureScheme(scheme))?;
        if self.length == 0 {
            return Err(Fault::Chain(ChainError::UnsupportedAlgorithm));
        }
        let mut place = [0; MAX_CONTENT];
        let content = signed_content(&mut place, digest.get(..hash.length()).unwrap_or_default());
        let spki = SubjectPublicKeyInfoDer::from(self.spki.get(..self.length).unwrap_or_default());
        RawPublicKeyEntity::try_from(&spki)
            .and_then(|key| key.verify_signature(algorithm, content, signature))
            .map_err(|error| match error {
                webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
                    Fault::SignatureScheme(scheme)
                }
                _ => Fault::CertificateVerify,
            })
    }
}

const CONTEXT: &[u8] = b"TLS 1.3, server CertificateVerify\0";
const MAX_CONTENT: usize = 64 + CONTEXT.len() + HashAlgorithm::MAX_LENGTH;

/// Returns the content that the server signs (section 4.4.3).
fn signed_content<'p>(place: &'p mut [u8; MAX_CONTENT], digest: &[u8]) -> &'p [u8] {
    let mut writer = Writer::new(place);
    writer.bytes(&[0x20; 64]);
    writer.bytes(CONTEXT);
    writer.bytes(digest);
    let length = writer.finish().unwrap_or_default();
    place.get(..length).unwrap_or_default()
}

/// Returns the algorithm of a scheme that section 4.2.3 allows in `CertificateVerify` and that is offered: never PKCS#1 v1.5, and
/// the curve determines the hash.
fn algorithm(scheme: u16) -> Option<&'static dyn SignatureVerificationAlgorithm> {
    if !offered_for_handshake(scheme) {
        return None;
    }
    Some(match scheme {
        0x0403 => &algorithms::ECDSA_P256_SHA256,
        #[cfg(feature = "p384")]
        0x0503 => &algorithms::ECDSA_P384_SHA384,
        #[cfg(feature = "rsa")]
        0x0804 => &algorithms::RSA_PSS_SHA256,
        #[cfg(feature = "rsa")]
        0x0805 => &algorithms::RSA_PSS_SHA384,
        #[cfg(all(feature = "rsa", feature = "sha512"))]
        0x0806 => &algorithms::RSA_PSS_SHA512,
        _ => return None,
    })
}
