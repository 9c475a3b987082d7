//! The host's certificates, verified as a device verifies them.

use genesys_token_tls::{ChainError, Expected, TrustAnchor, verify_chain};
use genesys_token_tokio::rustls::RootCertStore;
use genesys_token_tokio::rustls::pki_types::CertificateDer;

use crate::certificate::{self, Certificate};

const DAY: i64 = 86_400;

/// The certificates that a host sent.
pub(super) struct Chain {
    /// The host's own certificate first. A malformed one is left out.
    pub(super) certificates: Vec<Shown>,
    /// The name of the trust anchor under which a device accepts the chain, or why it accepts none.
    pub(super) anchor: Result<String, ChainError>,
}

/// A certificate with its remaining validity.
pub(super) struct Shown {
    pub(super) certificate: Certificate,
    /// Whole days until it expires; negative if it has expired.
    pub(super) days_left: i64,
}

impl Chain {
    pub(super) fn of(
        certificates: &[CertificateDer<'_>],
        host: &str,
        anchors: &[TrustAnchor<'_>],
        now: u64,
    ) -> Self {
        let seconds = i64::try_from(now).unwrap_or(i64::MAX);
        let shown = certificates.iter().filter_map(|der| Certificate::read(der)).map(|certificate| {
            let days_left = (certificate.not_after - seconds).div_euclid(DAY);
            Shown { certificate, days_left }
        });
        Self { certificates: shown.collect(), anchor: anchor(certificates, host, anchors, now) }
    }

    /// Returns the days until the first of them expires.
    pub(super) fn days_left(&self) -> Option<i64> {
        self.certificates.iter().map(|shown| shown.days_left).min()
    }
}

/// Returns the name of the first trust anchor with which a device accepts the chain.
fn anchor(
    certificates: &[CertificateDer<'_>],
    host: &str,
    anchors: &[TrustAnchor<'_>],
    now: u64,
) -> Result<String, ChainError> {
    let (leaf, intermediates) = certificates.split_first().ok_or(ChainError::NoCertificate)?;
    let intermediates: Vec<&[u8]> = intermediates.iter().map(|der| &der[..]).collect();
    let verify = |anchors: &[TrustAnchor<'_>]| {
        let expected = Expected::new(host, anchors).map_err(|_| ChainError::WrongName)?;
        verify_chain(leaf, &intermediates, &expected.at(now))
    };
    // All of them first: the reason for a refusal is the most specific one then.
    verify(anchors)?;
    let accepts = |anchor: &&TrustAnchor<'_>| verify(std::slice::from_ref(*anchor)).is_ok();
    let anchor = anchors.iter().find(accepts).ok_or(ChainError::UnknownIssuer)?;
    Ok(certificate::name(&anchor.subject))
}

/// Returns these certificates as trust anchors; `None` if one of them is unsuitable.
pub(super) fn anchors_of(certificates: &[CertificateDer<'static>]) -> Option<Vec<TrustAnchor<'static>>> {
    let mut store = RootCertStore::empty();
    for certificate in certificates {
        store.add(certificate.clone()).ok()?;
    }
    Some(store.roots)
}
