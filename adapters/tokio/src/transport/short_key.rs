//! RSA keys that are too short for rustls: it reports a signature by one of them as if it were wrong.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, TrustAnchor};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, OtherError};

/// The shortest modulus with which signatures are verified, in bits.
const MODULUS_MIN: usize = 2048;

/// The object identifier of RSA keys, 1.2.840.113549.1.1.1, in DER (RFC 8017 appendix A.1).
const RSA_ENCRYPTION: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1];

/// A certificate of the chain was signed with such a key.
#[derive(Debug)]
struct ShortRsaKey;

/// The name by which the sentence is found, as rustls-webpki displays its errors.
pub(super) const NAME: &str = "ShortRsaKey";

impl fmt::Display for ShortRsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)
    }
}

impl std::error::Error for ShortRsaKey {}

/// Returns a truer error instead of "wrong signature", if a CA of the chain has such a key: one of its own certificates, or an anchor whose
/// name it contains.
pub(super) fn explain<'a>(
    error: Error,
    chain: &[&CertificateDer<'_>],
    anchors: impl Iterator<Item = &'a TrustAnchor<'static>>,
) -> Error {
    if !matches!(error, Error::InvalidCertificate(CertificateError::BadSignature)) {
        return error;
    }
    let is_named = |anchor: &TrustAnchor<'_>| {
        let name = anchor.subject.as_ref();
        !name.is_empty()
            && chain.iter().any(|certificate| certificate.windows(name.len()).any(|window| window == name))
    };
    let of_anchor = anchors
        .filter(|anchor| is_named(anchor))
        .any(|anchor| is_short(anchor.subject_public_key_info.as_ref()));
    let of_chain = chain.iter().skip(1).any(|certificate| {
        ParsedCertificate::try_from(*certificate)
            .is_ok_and(|parsed| is_short(contents(&parsed.subject_public_key_info()).unwrap_or_default()))
    });
    if of_anchor || of_chain {
        return Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(ShortRsaKey))));
    }
    error
}

/// Returns whether the contents of a `SubjectPublicKeyInfo` (RFC 5280 section 4.1) are an RSA key that is too short.
fn is_short(info: &[u8]) -> bool {
    modulus_bits(info).is_some_and(|bits| bits < MODULUS_MIN)
}

fn modulus_bits(info: &[u8]) -> Option<usize> {
    let (algorithm, rest) = element(info, 0x30)?;
    if !algorithm.starts_with(&RSA_ENCRYPTION) {
        return None;
    }
    // A BIT STRING without unused bits, and in it a SEQUENCE of modulus and exponent.
    let (key, _) = element(rest, 3)?;
    let (numbers, _) = element(key.strip_prefix(&[0])?, 0x30)?;
    let (modulus, _) = element(numbers, 2)?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let significant = modulus.get(zeros..)?;
    let unused = usize::try_from(significant.first()?.leading_zeros()).ok()?;
    Some(8 * significant.len() - unused)
}

/// Returns the contents of a DER SEQUENCE.
fn contents(sequence: &[u8]) -> Option<&[u8]> {
    element(sequence, 0x30).map(|(contents, _)| contents)
}

/// Splits off an element with this tag. Returns its contents, and what follows.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.strip_prefix(&[tag])?.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?])), rest.get(2..)?),
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use rustls::RootCertStore;
    use rustls::client::danger::ServerCertVerifier as _;
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{ServerName, UnixTime};

    use super::super::trust::Trust;
    use super::*;

    /// A CA with an RSA key of 1024 bits, as old TLS-inspecting proxies have, and a certificate that it signed.
    const PEM: &[u8] = include_bytes!("../../tests/data/rsa-1024.pem");

    #[test]
    fn a_signature_by_a_short_key_is_not_reported_as_wrong() {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(PEM).map(Result::unwrap).collect();
        let [ca, leaf] = &certificates[..] else { panic!("two certificates") };
        let mut store = RootCertStore::empty();
        store.add(ca.clone()).unwrap();
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        let trust = Trust::new(store, false, algorithms);
        let name = ServerName::try_from("localhost").unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_800_000_000));
        // With the CA as an anchor only, and with its certificate in the chain as well.
        for intermediates in [&[][..], std::slice::from_ref(ca)] {
            let error = trust.verify_server_cert(leaf, intermediates, &name, &[], now).unwrap_err();
            let Error::InvalidCertificate(CertificateError::Other(other)) = &error else {
                panic!("{error:?}")
            };
            assert_eq!(other.to_string(), NAME);
        }
    }

    #[test]
    fn the_length_of_a_modulus_is_read() {
        for anchor in super::super::PUBLISHED_ANCHORS {
            let bits = modulus_bits(anchor.subject_public_key_info.as_ref());
            assert!(matches!(bits, None | Some(2048 | 4096)), "{bits:?}");
            assert!(!is_short(anchor.subject_public_key_info.as_ref()));
        }
    }
}
