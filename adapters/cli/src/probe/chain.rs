//! The host's certificates, judged as a device judges them.

use genesys_token_tls::{ChainError, Expected, TrustAnchor, verify_chain};
use genesys_token_tokio::rustls::RootCertStore;
use genesys_token_tokio::rustls::pki_types::CertificateDer;

use super::certificate::{self, Certificate};

const DAY: i64 = 86_400;

/// What a host sent.
pub(super) struct Chain {
    /// The host's own first; one that cannot be read is left out of what is shown.
    pub(super) certificates: Vec<Shown>,
    /// The name of the trust anchor under which a device accepts the chain, or why it accepts none.
    pub(super) anchor: Result<String, ChainError>,
}

/// A certificate for people.
pub(super) struct Shown {
    pub(super) certificate: Certificate,
    /// Whole days until it ends; negative if it has ended.
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

    /// Days until the first of them ends.
    pub(super) fn days_left(&self) -> Option<i64> {
        self.certificates.iter().map(|shown| shown.days_left).min()
    }
}

/// The name of the first trust anchor under which a device accepts the chain.
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

/// The anchors that these certificates make; `None` if one of them cannot be one.
pub(super) fn anchors_of(certificates: &[CertificateDer<'static>]) -> Option<Vec<TrustAnchor<'static>>> {
    let mut store = RootCertStore::empty();
    for certificate in certificates {
        store.add(certificate.clone()).ok()?;
    }
    Some(store.roots)
}
