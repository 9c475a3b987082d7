//! Verification of certificates: against the service's published trust anchors first, then against the platform's store.
//!
//! Reading the platform's store (some 140 certificates on Debian) costs more than a whole exchange, and the
//! service's certificates are issued under five roots that Amazon publishes. So these five, and the roots that the
//! caller added, are tried first. The platform's store is read, once, only if none of them has the name of the issuer, or one has
//! the name and another key: a company may renew the key of its CA under the same name, and the platform's store is updated before
//! a file is. Every other result (expired, wrong name) is final.

use std::fmt;
use std::sync::OnceLock;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, Der, ServerName, TrustAnchor, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::platform_roots::{PlatformRoots, Summary};
use super::short_key;

/// The trust anchors of the service: Amazon Root CA 1 to 4 and Starfield Services Root Certificate Authority - G2.
///
/// Copied at build time from `webpki-roots`, which keeps them current.
pub const PUBLISHED_ANCHORS: [TrustAnchor<'static>; 5] =
    include!(concat!(env!("OUT_DIR"), "/published_anchors.rs"));

/// A verifier that does the same as rustls's own (chain, dates, key usage, name; no revocation lists), but
/// with two sets of trust anchors, one after the other.
pub(crate) struct Trust {
    first: RootCertStore,
    /// `None` if the platform's store is not to be used.
    platform: Option<OnceLock<PlatformRoots>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Trust {
    pub(crate) fn new(
        first: RootCertStore,
        with_platform: bool,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Self {
        Self { first, platform: with_platform.then(OnceLock::new), algorithms }
    }

    /// Returns what is known about the platform's store; `None` if it was not read.
    pub(super) fn platform_summary(&self) -> Option<Summary> {
        Some(self.platform.as_ref()?.get()?.summary.clone())
    }
}

fn is_unknown(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::UnknownIssuer))
}

/// Returns whether another set of anchors may contain the issuer.
fn may_be_of_other_anchors(error: &Error) -> bool {
    is_unknown(error) || matches!(error, Error::InvalidCertificate(CertificateError::BadSignature))
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let verify = |roots| {
            let algorithms = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, algorithms)
        };
        let chain: Vec<_> = std::iter::once(end_entity).chain(intermediates).collect();
        let anchors = match (verify(&self.first), &self.platform) {
            (Err(error), Some(platform)) if may_be_of_other_anchors(&error) => {
                let store = &platform.get_or_init(PlatformRoots::load).store;
                verify(store).map_err(|other| {
                    // The more specific error of the two.
                    let error = if is_unknown(&other) { error } else { other };
                    short_key::explain(error, &chain, self.first.roots.iter().chain(&store.roots))
                })?;
                "the platform's store"
            }
            (answer, _) => {
                answer.map_err(|error| short_key::explain(error, &chain, self.first.roots.iter()))?;
                "the service's published anchors or an added CA certificate"
            }
        };
        tracing::debug!(anchors, "the certificate chain was verified");
        verify_server_name(&certificate, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("first", &self.first.len())
            .field("platform", &self.platform_summary())
            .finish_non_exhaustive()
    }
}
