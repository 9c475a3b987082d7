//! The verifier that embedded-tls calls during the handshake: the server's chain, and the proof that it has the leaf's key.

use embedded_tls::{
    CertificateEntryRef, CertificateRef, CertificateVerifyRef, CryptoProvider, CryptoRngCore,
    SignatureScheme, TlsError, TlsVerifier,
};
use rustls_pki_types::{SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use sha2::Digest;
use webpki::RawPublicKeyEntity;

use super::state::SharedState;
use super::suite::GuardedSuite;
use super::transcript::Transcript;
use super::unsupported_scheme;
use crate::algorithms;
use crate::chain::{ChainError, MAX_INTERMEDIATES, verify_chain};
use crate::copy::copy;
use crate::der;
use crate::error::ConnectError;
use crate::expected::Expected;

/// The length of the longest `SubjectPublicKeyInfo`: an RSA key of [`algorithms::MAX_RSA_BITS`] with an exponent of four bytes, or one on P-384.
const MAX_KEY: usize = if cfg!(feature = "rsa") { algorithms::MAX_RSA_BITS / 8 + 40 } else { 120 };

/// The length of a transcript hash in bytes.
const TRANSCRIPT_HASH: usize = 32;

/// The progress of authentication. It only moves forward; a step out of order makes it fail.
#[derive(Clone, Copy)]
enum Progress {
    /// Nothing was verified yet.
    Start,
    /// The chain was verified; the leaf's key and the transcript hash are stored for the next step.
    Chain,
    /// `CertificateVerify` was verified with that key and that transcript hash.
    Authenticated,
    Failed(ConnectError),
}

/// The leaf's `SubjectPublicKeyInfo`.
struct LeafKey {
    spki: [u8; MAX_KEY],
    length: usize,
}

impl LeafKey {
    fn store(&mut self, certificate: &[u8]) -> Option<()> {
        let key = der::subject_public_key_info(certificate)?;
        copy(key, self.spki.get_mut(..key.len())?);
        self.length = key.len();
        Some(())
    }
}

pub(super) struct Verifier<'a> {
    expected: &'a Expected<'a>,
    state: &'a SharedState,
    progress: Progress,
    /// Valid in [`Progress::Chain`]. Not a field of that variant, because moving it would cost stack at the deepest call.
    key: LeafKey,
    /// The hash that `CertificateVerify` signs; valid in [`Progress::Chain`].
    transcript: [u8; TRANSCRIPT_HASH],
}

impl<'a> Verifier<'a> {
    pub(super) fn new(expected: &'a Expected<'a>, state: &'a SharedState) -> Self {
        let key = LeafKey { spki: [0; MAX_KEY], length: 0 };
        Self { expected, state, progress: Progress::Start, key, transcript: [0; TRANSCRIPT_HASH] }
    }

    /// Returns why authentication failed, if it did.
    pub(super) fn failure(&self) -> Option<ConnectError> {
        match self.progress {
            Progress::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Returns whether chain and `CertificateVerify` were verified, each once and in this order.
    pub(super) fn is_authenticated(&self) -> bool {
        matches!(self.progress, Progress::Authenticated) && self.state.is_authenticated()
    }

    fn advance(&mut self, step: Result<Progress, ConnectError>) -> Result<(), TlsError> {
        let (progress, result) = match step {
            Ok(progress) => (progress, Ok(())),
            // Any error makes the engine abort. The reason is stored here.
            Err(error) => (Progress::Failed(error), Err(TlsError::InvalidCertificate)),
        };
        self.state.set_authenticated(matches!(progress, Progress::Authenticated));
        self.progress = progress;
        result
    }

    // Inlined on purpose: in one frame with the engine's, values that are not live at the same time share their space.
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
        self.key.store(leaf).ok_or(ChainError::UnsupportedAlgorithm)?;
        self.store(transcript);
        Ok(Progress::Chain)
    }

    #[inline(never)] // The copies of the hash must not be on the stack while the chain is verified.
    fn store(&mut self, transcript: &Transcript) {
        self.transcript = transcript.clone().finalize().into();
    }

    #[inline(never)] // As for `store`.
    fn signature(&self, verify: &CertificateVerifyRef<'_>) -> Result<Progress, ConnectError> {
        let Progress::Chain = self.progress else { return Err(ConnectError::UnexpectedMessage) };
        let scheme = unsupported_scheme::number(verify);
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

/// Returns the content that the server signs (RFC 8446 section 4.4.3).
fn signed_content(transcript: &[u8; TRANSCRIPT_HASH]) -> [u8; 64 + CONTEXT.len() + TRANSCRIPT_HASH] {
    let mut content = [0x20; 64 + CONTEXT.len() + TRANSCRIPT_HASH];
    let parts = CONTEXT.iter().chain(transcript);
    for (byte, part) in content.iter_mut().skip(64).zip(parts) {
        *byte = *part;
    }
    content
}

const CONTEXT: &[u8; 34] = b"TLS 1.3, server CertificateVerify\0";

/// Returns the algorithm of a scheme, if the scheme is supported and allowed in `CertificateVerify` (RFC 8446 section 4.2.3): never
/// PKCS#1 v1.5, and the hash is determined by the curve.
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
    /// Does nothing: the name is part of [`Expected`].
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

/// Random numbers and verifier in the form that embedded-tls takes.
pub(super) struct Provider<'a, R> {
    pub(super) rng: &'a mut R,
    pub(super) verifier: Verifier<'a>,
}

impl<R: CryptoRngCore> CryptoProvider for Provider<'_, R> {
    type CipherSuite = GuardedSuite;
    // There are no client certificates: a server that requests one receives an empty list (RFC 8446 section 4.4.2).
    type Signature = [u8; 0];

    fn rng(&mut self) -> impl CryptoRngCore {
        &mut *self.rng
    }

    /// Always returns a verifier: the engine skips verification on an error.
    fn verifier(&mut self) -> Result<&mut impl TlsVerifier<GuardedSuite>, TlsError> {
        Ok(&mut self.verifier)
    }
}
