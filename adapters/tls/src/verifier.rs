//! What embedded-tls asks during the handshake: is this the right server, and is it really there?

use embedded_tls::{
    CertificateEntryRef, CertificateRef, CertificateVerifyRef, CryptoProvider, CryptoRngCore,
    SignatureScheme, TlsError, TlsVerifier,
};
use rustls_pki_types::{SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use sha2::Digest;
use webpki::RawPublicKeyEntity;

use crate::algorithms;
use crate::chain::{ChainError, MAX_INTERMEDIATES, verify_chain};
use crate::copy::copy;
use crate::der;
use crate::error::ConnectError;
use crate::expected::Expected;
use crate::guard::GuardedSuite;
use crate::guard::journal::Journal;
use crate::guard::transcript::Transcript;

/// The longest `SubjectPublicKeyInfo`: an RSA key of [`algorithms::MAX_RSA_BITS`] with an exponent of four bytes, or one on P-384.
const MAX_KEY: usize = if cfg!(feature = "rsa") { algorithms::MAX_RSA_BITS / 8 + 40 } else { 120 };

const TRANSCRIPT_HASH: usize = 32;

/// How far authentication has come. It only ever moves forward, and every other step fails it.
#[derive(Clone, Copy)]
enum Progress {
    /// Nothing came.
    Start,
    /// The chain was verified: key and transcript are kept for the next step.
    Chain,
    /// `CertificateVerify` was verified with that key over that transcript.
    Authenticated,
    Failed(ConnectError),
}

/// The leaf's `SubjectPublicKeyInfo`.
struct LeafKey {
    spki: [u8; MAX_KEY],
    length: usize,
}

impl LeafKey {
    fn keep(&mut self, certificate: &[u8]) -> Option<()> {
        let key = der::subject_public_key_info(certificate)?;
        copy(key, self.spki.get_mut(..key.len())?);
        self.length = key.len();
        Some(())
    }
}

pub(crate) struct Verifier<'a> {
    expected: &'a Expected<'a>,
    journal: &'a Journal,
    progress: Progress,
    /// Of [`Progress::Chain`]; kept in place, because copies would cost stack where it is deepest.
    key: LeafKey,
    /// What the leaf's key will have signed; of [`Progress::Chain`].
    transcript: [u8; TRANSCRIPT_HASH],
}

impl<'a> Verifier<'a> {
    pub(crate) fn new(expected: &'a Expected<'a>, journal: &'a Journal) -> Self {
        let key = LeafKey { spki: [0; MAX_KEY], length: 0 };
        Self { expected, journal, progress: Progress::Start, key, transcript: [0; TRANSCRIPT_HASH] }
    }

    /// Why authentication failed, if it did.
    pub(crate) fn failure(&self) -> Option<ConnectError> {
        match self.progress {
            Progress::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Whether chain and `CertificateVerify` were verified, in order, once.
    pub(crate) fn is_authenticated(&self) -> bool {
        matches!(self.progress, Progress::Authenticated) && self.journal.is_authenticated()
    }

    fn advance(&mut self, step: Result<Progress, ConnectError>) -> Result<(), TlsError> {
        let (progress, result) = match step {
            Ok(progress) => (progress, Ok(())),
            // The engine gives up on any error and sends nothing; the reason waits here.
            Err(error) => (Progress::Failed(error), Err(TlsError::InvalidCertificate)),
        };
        self.journal.set_authenticated(matches!(progress, Progress::Authenticated));
        self.progress = progress;
        result
    }

    // Not apart: in one frame with the engine's, what is not in use at the same time shares its place.
    fn chain(
        &mut self,
        transcript: &Transcript,
        certificates: &CertificateRef<'_>,
    ) -> Result<Progress, ConnectError> {
        if !matches!(self.progress, Progress::Start) || !transcript.ends_with_certificate() {
            return Err(ConnectError::UnexpectedMessage);
        }
        let count = certificates.entries.len();
        let mut entries = certificates.entries.iter().map(|entry| match entry {
            CertificateEntryRef::X509(der) | CertificateEntryRef::RawPublicKey(der) => *der,
        });
        let leaf = entries.next().ok_or(ChainError::NoCertificate)?;
        let mut intermediates: [&[u8]; MAX_INTERMEDIATES] = [&[]; MAX_INTERMEDIATES];
        let used = intermediates.get_mut(..entries.len()).ok_or(ChainError::TooManyCertificates { count })?;
        for (slot, entry) in used.iter_mut().zip(entries) {
            *slot = entry;
        }
        verify_chain(leaf, used, self.expected)?;
        self.key.keep(leaf).ok_or(ChainError::UnsupportedAlgorithm)?;
        self.keep(transcript);
        Ok(Progress::Chain)
    }

    #[inline(never)] // Nor do the hash's copies lie below the chain.
    fn keep(&mut self, transcript: &Transcript) {
        self.transcript = transcript.clone().finalize().into();
    }

    #[inline(never)] // As for `keep`.
    fn signature(&self, verify: &CertificateVerifyRef<'_>) -> Result<Progress, ConnectError> {
        let Progress::Chain = self.progress else { return Err(ConnectError::UnexpectedMessage) };
        let scheme = verify.signature_scheme.as_u16();
        let algorithm = algorithm(verify.signature_scheme).ok_or(ConnectError::SignatureScheme { scheme })?;
        let spki = SubjectPublicKeyInfoDer::from(self.key.spki.get(..self.key.length).unwrap_or_default());
        RawPublicKeyEntity::try_from(&spki)
            .and_then(|key| {
                key.verify_signature(algorithm, &signed_content(&self.transcript), verify.signature)
            })
            .map_err(|error| match error {
                webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
                    ConnectError::SignatureScheme { scheme }
                }
                _ => ConnectError::CertificateVerify,
            })?;
        Ok(Progress::Authenticated)
    }
}

/// What the server signs (RFC 8446 section 4.4.3).
fn signed_content(transcript: &[u8; TRANSCRIPT_HASH]) -> [u8; 64 + CONTEXT.len() + TRANSCRIPT_HASH] {
    let mut content = [0x20; 64 + CONTEXT.len() + TRANSCRIPT_HASH];
    let parts = CONTEXT.iter().chain(transcript);
    for (byte, part) in content.iter_mut().skip(64).zip(parts) {
        *byte = *part;
    }
    content
}

const CONTEXT: &[u8; 34] = b"TLS 1.3, server CertificateVerify\0";

/// What RFC 8446 section 4.2.3 allows in `CertificateVerify`, of what is supported: never PKCS#1 v1.5, and the curve fixes the hash.
fn algorithm(scheme: SignatureScheme) -> Option<&'static dyn SignatureVerificationAlgorithm> {
    Some(match scheme {
        #[cfg(feature = "rsa")]
        SignatureScheme::RsaPssRsaeSha256 => &algorithms::RSA_PSS_SHA256,
        #[cfg(feature = "rsa")]
        SignatureScheme::RsaPssRsaeSha384 => &algorithms::RSA_PSS_SHA384,
        #[cfg(all(feature = "rsa", feature = "sha512"))]
        SignatureScheme::RsaPssRsaeSha512 => &algorithms::RSA_PSS_SHA512,
        SignatureScheme::EcdsaSecp256r1Sha256 => &algorithms::ECDSA_P256_SHA256,
        #[cfg(feature = "p384")]
        SignatureScheme::EcdsaSecp384r1Sha384 => &algorithms::ECDSA_P384_SHA384,
        _ => return None,
    })
}

impl TlsVerifier<GuardedSuite> for Verifier<'_> {
    /// The name is part of [`Expected`]; there is no connection without one.
    fn set_hostname_verification(&mut self, _hostname: &str) -> Result<(), TlsError> {
        Ok(())
    }

    fn verify_certificate(
        &mut self,
        transcript: &Transcript,
        certificates: CertificateRef<'_>,
    ) -> Result<(), TlsError> {
        let step = self.chain(transcript, &certificates);
        self.advance(step)
    }

    fn verify_signature(&mut self, verify: CertificateVerifyRef<'_>) -> Result<(), TlsError> {
        let step = self.signature(&verify);
        self.advance(step)
    }
}

/// Randomness and verifier in the form that embedded-tls takes.
pub(crate) struct Provider<'a, R> {
    pub(crate) rng: &'a mut R,
    pub(crate) verifier: Verifier<'a>,
}

impl<R: CryptoRngCore> CryptoProvider for Provider<'_, R> {
    type CipherSuite = GuardedSuite;
    // There are no client certificates: a server that asks for one gets an empty list (RFC 8446 section 4.4.2).
    type Signature = [u8; 0];

    fn rng(&mut self) -> impl CryptoRngCore {
        &mut *self.rng
    }

    /// Never an error: the engine would then skip verification.
    fn verifier(&mut self) -> Result<&mut impl TlsVerifier<GuardedSuite>, TlsError> {
        Ok(&mut self.verifier)
    }
}
