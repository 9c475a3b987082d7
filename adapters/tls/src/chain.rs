//! Certificate chains: from the leaf over what the server sent to a trust anchor.

use core::fmt;
use core::sync::atomic::{AtomicU8, AtomicU16, Ordering};
use core::time::Duration;

use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, ServerName, SignatureVerificationAlgorithm,
    UnixTime, alg_id,
};
use webpki::{EndEntityCert, Error, KeyUsage};

use crate::algorithms;
use crate::der;
use crate::expected::Expected;

mod error;

pub use error::ChainError;

/// How many certificates a server may send besides its own.
pub const MAX_INTERMEDIATES: usize = 4;

/// How many signatures are verified to find a path: a chain that needs more is refused.
///
/// An honest chain needs one for each certificate in it. Look-alike intermediates would make for a hundred. What a hostile server
/// can make of these, in instructions: the table in the README.
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
    let mut slots = [const { CertificateDer::from_slice(&[]) }; MAX_INTERMEDIATES];
    let used = slots
        .get_mut(..intermediates.len())
        .ok_or(ChainError::TooManyCertificates { count: intermediates.len().saturating_add(1) })?;
    for (slot, certificate) in used.iter_mut().zip(intermediates) {
        *slot = CertificateDer::from(*certificate);
    }
    let leaf = CertificateDer::from(leaf);
    // By reference: what is moved stands in the frame twice.
    let certificate = parse(&leaf);
    let certificate = certificate.as_ref().map_err(|error| *error)?;

    let meter = Meter { signatures_left: AtomicU8::new(MAX_SIGNATURES), ..Meter::default() };
    let metered = algorithms::ALL.map(|algorithm| Metered { algorithm, meter: &meter });
    let supported = metered.each_ref().map(|algorithm| -> &dyn SignatureVerificationAlgorithm { algorithm });
    let time = UnixTime::since_unix_epoch(Duration::from_secs(now));
    let (anchors, usage) = (expected.anchors(), KeyUsage::server_auth());
    // By `map_err`, or with a reference to the error in it, the path would stay in the frame twice: 700 bytes.
    match certificate.verify_for_usage(&supported, anchors, used, time, usage, None, None) {
        Ok(_) => {}
        Err(error) => return Err(meter.explain(certificate, &error.clone())),
    }
    check_name(certificate, expected)?;
    check_key(&leaf)
}

#[inline(never)] // What else needs stack does not lie below the path.
fn parse<'c>(leaf: &'c CertificateDer<'_>) -> Result<EndEntityCert<'c>, ChainError> {
    EndEntityCert::try_from(leaf).map_err(|error| ChainError::new(&error))
}

#[inline(never)] // As for `parse`.
fn check_name(leaf: &EndEntityCert<'_>, expected: &Expected<'_>) -> Result<(), ChainError> {
    leaf.verify_is_valid_for_subject_name(&ServerName::DnsName(expected.name().borrow()))
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

/// What rustls-webpki does not tell: it knows no smaller limit than 100 signatures, nor why an algorithm said no.
#[derive(Default)]
struct Meter {
    signatures_left: AtomicU8,
    exhausted: AtomicU8,
    unsupported_rsa_bits: AtomicU16,
}

impl Meter {
    #[inline(never)] // As for `parse`.
    fn explain(&self, leaf: &EndEntityCert<'_>, error: &Error) -> ChainError {
        let bits = self.unsupported_rsa_bits.load(Ordering::Relaxed);
        match error {
            _ if self.exhausted.load(Ordering::Relaxed) != 0 => ChainError::TooManySignatures,
            Error::InvalidSignatureForPublicKey if bits != 0 => ChainError::RsaKeySize { bits },
            Error::UnknownIssuer | Error::CaUsedAsEndEntity if leaf.issuer() == leaf.subject() => {
                ChainError::SelfSigned
            }
            _ => ChainError::new(error),
        }
    }
}

/// One algorithm, with every use counted. Atomic only because the trait asks for `Sync`.
struct Metered<'m> {
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    meter: &'m Meter,
}

/// The trait asks for it; nobody prints one, and the counters' own would cost flash.
impl fmt::Debug for Metered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.algorithm.fmt(f)
    }
}

impl SignatureVerificationAlgorithm for Metered<'_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let Some(left) = self.meter.signatures_left.load(Ordering::Relaxed).checked_sub(1) else {
            self.meter.exhausted.store(1, Ordering::Relaxed);
            return Err(InvalidSignature);
        };
        self.meter.signatures_left.store(left, Ordering::Relaxed);
        if self.public_key_alg_id() == alg_id::RSA_ENCRYPTION
            && let Some(bits) = algorithms::unsupported_rsa_size(public_key)
        {
            let bits = u16::try_from(bits).unwrap_or(u16::MAX);
            self.meter.unsupported_rsa_bits.store(bits, Ordering::Relaxed);
            return Err(InvalidSignature);
        }
        self.algorithm.verify_signature(public_key, message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }
}
