//! Certificate chains: from the leaf over what the server sent to a trust anchor.

use core::time::Duration;

use rustls_pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, UnixTime, alg_id};
use webpki::{EndEntityCert, Error, KeyUsage};

use crate::algorithms;
use crate::der;
use crate::expected::Expected;

mod error;
mod signatures;

pub use error::ChainError;
use signatures::Signatures;

/// How many certificates a server may send besides its own.
pub const MAX_INTERMEDIATES: usize = 4;

/// How many signatures are verified to find a path: a chain that needs more is refused.
///
/// An honest chain needs one for each certificate in its path. A hundred can be made necessary by authorities of one name, each
/// of which could have signed what the others did. What that costs, in instructions: the table in the README.
pub const MAX_SIGNATURES: u8 = 8;

/// Verifies that `leaf` belongs to the expected server and that one of its trust anchors vouches for it, at its time, over any
/// of `intermediates` in any order.
///
/// Checked are: signatures, validity periods, basicConstraints and path length, name constraints, extended key usage
/// (serverAuth, if the extension is there), critical extensions, the host name against the subject alternative names, and that
/// the leaf's key is one whose signatures can be verified. Not checked are keyUsage (the reasons are rustls-webpki's:
/// basicConstraints makes it redundant for authorities) and revocation.
///
/// Work is bounded by [`MAX_INTERMEDIATES`] and [`MAX_SIGNATURES`].
///
/// # Errors
///
/// [`ChainError`]: the first thing that is wrong, or the most telling one when several paths were tried.
pub fn verify_chain(leaf: &[u8], intermediates: &[&[u8]], expected: &Expected<'_>) -> Result<(), ChainError> {
    let now = expected.now().ok_or(ChainError::NoClock)?;
    if intermediates.len() > MAX_INTERMEDIATES {
        return Err(ChainError::TooManyCertificates { count: intermediates.len().saturating_add(1) });
    }
    let mut signatures = Signatures::new(leaf, intermediates, expected.anchors());
    // It ends: every turn but the last wants one more certificate.
    loop {
        signatures.verify()?;
        match find_path(leaf, expected, now, &signatures) {
            Ok(()) => break,
            Err(_) if signatures.widen() => {}
            Err(error) => return Err(error),
        }
    }
    check_name(leaf, expected)?;
    check_key(leaf)
}

/// Finds a path over authentic certificates, and checks all of it but its signatures, which are known.
#[inline(never)] // The path takes kilobytes of stack, which signatures take again.
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
    // By reference: what is moved stands in the frame twice.
    let certificate = parse(&leaf);
    let certificate = certificate.as_ref().map_err(|error| *error)?;

    let known = signatures.algorithms();
    let supported = known.each_ref().map(|algorithm| -> &dyn SignatureVerificationAlgorithm { algorithm });
    let time = UnixTime::since_unix_epoch(Duration::from_secs(now));
    let (anchors, usage) = (expected.anchors(), KeyUsage::server_auth());
    // By `map_err`, or with a reference to the error in it, the path would stay in the frame twice: 700 bytes.
    match certificate.verify_for_usage(&supported, anchors, intermediates, time, usage, None, None) {
        Ok(_) => Ok(()),
        Err(error) => Err(explain(signatures, certificate, &error.clone())),
    }
}

/// Of what is not authentic rustls-webpki knows nothing.
#[inline(never)] // As for `parse`.
fn explain(signatures: &Signatures<'_>, leaf: &EndEntityCert<'_>, error: &Error) -> ChainError {
    match (error, signatures.objection()) {
        (Error::UnknownIssuer | Error::InvalidSignatureForPublicKey, Some(objection)) => objection,
        (Error::UnknownIssuer | Error::CaUsedAsEndEntity, _) if leaf.issuer() == leaf.subject() => {
            ChainError::SelfSigned
        }
        _ => ChainError::new(error),
    }
}

#[inline(never)] // What else needs stack does not lie below the path.
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

/// The leaf's key must be one with which a `CertificateVerify` can be verified.
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
