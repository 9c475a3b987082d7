//! Verification of certificate chains: from the server's certificate over intermediates to a trust anchor.

use core::time::Duration;

use rustls_pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, UnixTime, alg_id};
use webpki::{EndEntityCert, Error, KeyUsage};

use crate::algorithms;
use crate::der;
use crate::expected::Expected;

mod error;
mod limits;
mod signatures;

pub use error::ChainError;
pub use limits::{MAX_INTERMEDIATES, MAX_SIGNATURES};
use signatures::{Progress, Signatures};

/// Verifies that `leaf` is the certificate of the expected server: valid for its name and at its time, and issued by one of its
/// trust anchors, directly or over any of `intermediates` in any order.
///
/// Checks (RFC 5280, RFC 6125): signatures, validity periods, basicConstraints and path length, name constraints, extended key usage
/// (serverAuth, if the extension is present), critical extensions, the host name against the subject alternative names, and that
/// the leaf's key has a supported algorithm and size and may be used for signatures (RFC 8446 section 4.4.2.2). Does not check
/// keyUsage of CAs (basicConstraints makes it redundant, as in rustls-webpki) and revocation.
///
/// [`MAX_INTERMEDIATES`] and [`MAX_SIGNATURES`] limit the work.
///
/// # Errors
///
/// [`ChainError`]: the first fault that was found, or the most specific one if several paths were tried.
pub fn verify_chain(leaf: &[u8], intermediates: &[&[u8]], expected: &Expected<'_>) -> Result<(), ChainError> {
    let mut verification = ChainVerification::new();
    while !verification.step(leaf, intermediates, expected)? {}
    Ok(())
}

/// A verification in steps, between which other tasks can run.
pub(crate) struct ChainVerification(Progress);

impl ChainVerification {
    pub(crate) fn new() -> Self {
        Self(Progress::new())
    }

    /// Computes no more than one signature, or one search for a path. Returns whether that was the end. The arguments are those of
    /// [`verify_chain`], the same at every step.
    pub(crate) fn step(
        &mut self,
        leaf: &[u8],
        intermediates: &[&[u8]],
        expected: &Expected<'_>,
    ) -> Result<bool, ChainError> {
        let now = expected.now().ok_or(ChainError::NoClock)?;
        if intermediates.len() > MAX_INTERMEDIATES {
            return Err(ChainError::TooManyCertificates { count: intermediates.len().saturating_add(1) });
        }
        let mut signatures = Signatures::resume(leaf, intermediates, expected.anchors(), &self.0);
        // The steps end: each of them verifies one more of a limited number of signatures, or adds a candidate, or is the last one.
        if !signatures.verify_next()? {
            match find_path(leaf, expected, now, &signatures) {
                Ok(()) => {
                    check_name(leaf, expected)?;
                    check_key(leaf)?;
                    check_key_usage(leaf)?;
                    // rustls-webpki has no accessor for the validity. At the beginning of time it names it in its error, before it
                    // looks at anything else of the leaf.
                    if let Some(place) = expected.not_before_place()
                        && let Err(ChainError::NotYetValid { not_before, .. }) =
                            find_path(leaf, expected, 0, &signatures)
                    {
                        place.set(not_before);
                    }
                    return Ok(true);
                }
                Err(_) if signatures.add_issuers() => {}
                Err(error) => return Err(error),
            }
        }
        self.0 = signatures.progress();
        Ok(false)
    }
}

/// Searches for a valid path over authentic certificates.
#[inline(never)] // It takes kilobytes of stack, which must be free again while signatures are verified.
fn find_path(
    leaf: &[u8],
    expected: &Expected<'_>,
    now: u64,
    signatures: &Signatures<'_>,
) -> Result<(), ChainError> {
    let mut slots = [const { CertificateDer::from_slice(&[]) }; MAX_INTERMEDIATES];
    let mut used = 0;
    for (slot, certificate) in slots.iter_mut().zip(signatures.authentic()) {
        *slot = CertificateDer::from(certificate);
        used += 1;
    }
    let intermediates = slots.get(..used).unwrap_or_default();
    let leaf = CertificateDer::from(leaf);
    // By reference: a moved value is in the frame twice.
    let certificate = parse(&leaf);
    let certificate = certificate.as_ref().map_err(|error| *error)?;

    let verified = signatures.algorithms();
    let supported = verified.each_ref().map(|algorithm| -> &dyn SignatureVerificationAlgorithm { algorithm });
    let time = UnixTime::since_unix_epoch(Duration::from_secs(now));
    let (anchors, usage) = (expected.anchors(), KeyUsage::server_auth());
    // With `map_err`, or with a reference to the error, the path is in the frame twice: 700 bytes.
    match certificate.verify_for_usage(&supported, anchors, intermediates, time, usage, None, None) {
        Ok(_) => Ok(()),
        Err(error) => Err(explain(signatures, certificate, &error.clone())),
    }
}

/// Chooses the error to return: rustls-webpki does not see certificates that are not authentic.
#[inline(never)] // As for `parse`.
fn explain(signatures: &Signatures<'_>, leaf: &EndEntityCert<'_>, error: &Error) -> ChainError {
    match (error, signatures.first_error()) {
        (Error::UnknownIssuer | Error::InvalidSignatureForPublicKey, Some(first)) => first,
        (Error::UnknownIssuer | Error::CaUsedAsEndEntity, _) if leaf.issuer() == leaf.subject() => {
            ChainError::SelfSigned
        }
        _ => ChainError::new(error),
    }
}

#[inline(never)] // Its temporaries must not be on the stack during the path search.
fn parse<'c>(leaf: &'c CertificateDer<'_>) -> Result<EndEntityCert<'c>, ChainError> {
    EndEntityCert::try_from(leaf).map_err(|error| ChainError::new(&error))
}

#[inline(never)] // As for `parse`.
fn check_name(leaf: &[u8], expected: &Expected<'_>) -> Result<(), ChainError> {
    let leaf = CertificateDer::from(leaf);
    parse(&leaf)?
        .verify_is_valid_for_subject_name(&ServerName::DnsName(expected.name().borrow()))
        .map_err(|error| ChainError::new(&error))
}

/// Checks that a `CertificateVerify` can be verified with the leaf's key.
#[inline(never)] // As for `parse`.
fn check_key(leaf: &[u8]) -> Result<(), ChainError> {
    let (algorithm, key) =
        der::subject_public_key_info(leaf).and_then(der::public_key).ok_or(ChainError::Malformed)?;
    if !algorithms::ALL.iter().any(|known| known.public_key_alg_id().as_ref() == algorithm) {
        return Err(ChainError::UnsupportedAlgorithm);
    }
    if algorithm == alg_id::RSA_ENCRYPTION.as_ref()
        && let Some(bits) = algorithms::unsupported_rsa_size(key)
    {
        return Err(ChainError::RsaKeySize { bits: u16::try_from(bits).unwrap_or(u16::MAX) });
    }
    Ok(())
}

/// Checks that the leaf's key may sign a `CertificateVerify` (RFC 8446 section 4.4.2.2).
#[inline(never)] // As for `parse`.
fn check_key_usage(leaf: &[u8]) -> Result<(), ChainError> {
    let may_sign = der::may_sign(leaf).ok_or(ChainError::Malformed)?;
    if may_sign { Ok(()) } else { Err(ChainError::KeyUsage) }
}
