//! Reasons for refusing a certificate chain.

use core::fmt;

use webpki::Error;

use super::limits::MAX_INTERMEDIATES;
use crate::algorithms::MAX_RSA_BITS;

/// The reason for refusing a certificate chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainError {
    /// The clock is not set, so validity periods cannot be checked.
    NoClock,
    /// A certificate has expired. Times are seconds since 1970.
    Expired {
        /// The time that was used for the check.
        now: u64,
        /// The end of the certificate's validity.
        not_after: u64,
    },
    /// A certificate is not valid yet. Times are seconds since 1970.
    NotYetValid {
        /// The time that was used for the check.
        now: u64,
        /// The start of the certificate's validity.
        not_before: u64,
    },
    /// The leaf is not valid for the expected host name. Only subject alternative names count, not the common name.
    WrongName,
    /// No path leads to a trust anchor.
    UnknownIssuer,
    /// The leaf is self-signed.
    SelfSigned,
    /// A signature in the chain does not match the issuer's key.
    InvalidSignature,
    /// A certificate was issued with a certificate that is not a CA's.
    LeafUsedAsCa,
    /// The leaf is a CA's certificate.
    CaUsedAsLeaf,
    /// There are more intermediates below a CA than its path length constraint allows.
    PathLength,
    /// A name constraint of a CA excludes a name of the leaf.
    NameConstraint,
    /// A certificate is not valid for server authentication (extended key usage).
    WrongUsage,
    /// The leaf's key may not be used for signatures: its keyUsage lacks digitalSignature (RFC 8446 section 4.4.2.2).
    KeyUsage,
    /// A certificate has an unknown critical extension.
    CriticalExtension,
    /// A signature or key has an algorithm that is not supported, or only with a feature that is not enabled.
    UnsupportedAlgorithm,
    /// An RSA key has fewer than 2048 bits, more than [`MAX_RSA_BITS`], or a length that is not a multiple of 32 bits.
    RsaKeySize {
        /// The key's length in bits.
        bits: u16,
    },
    /// The server sent more than 1 + [`MAX_INTERMEDIATES`] certificates, and the first ones do not lead to a trust anchor. With embedded-tls,
    /// and for [`verify_chain`](crate::verify_chain), wherever they lead.
    TooManyCertificates {
        /// How many it sent.
        count: usize,
    },
    /// The chain requires more than [`MAX_SIGNATURES`](crate::MAX_SIGNATURES) signature verifications.
    TooManySignatures,
    /// The server sent no certificate.
    NoCertificate,
    /// A certificate is malformed, or not of X.509 version 3.
    Malformed,
}

impl ChainError {
    pub(super) fn new(error: &Error) -> Self {
        match error {
            Error::CertExpired { time, not_after } => {
                Self::Expired { now: time.as_secs(), not_after: not_after.as_secs() }
            }
            Error::CertNotValidYet { time, not_before } => {
                Self::NotYetValid { now: time.as_secs(), not_before: not_before.as_secs() }
            }
            Error::CertNotValidForName(_) => Self::WrongName,
            Error::UnknownIssuer => Self::UnknownIssuer,
            Error::InvalidSignatureForPublicKey => Self::InvalidSignature,
            Error::EndEntityUsedAsCa => Self::LeafUsedAsCa,
            Error::CaUsedAsEndEntity => Self::CaUsedAsLeaf,
            Error::PathLenConstraintViolated | Error::MaximumPathDepthExceeded => Self::PathLength,
            Error::NameConstraintViolation => Self::NameConstraint,
            Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => Self::WrongUsage,
            Error::UnsupportedCriticalExtension => Self::CriticalExtension,
            Error::UnsupportedSignatureAlgorithmContext(_)
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
            | Error::SignatureAlgorithmMismatch => Self::UnsupportedAlgorithm,
            Error::MaximumSignatureChecksExceeded
            | Error::MaximumPathBuildCallsExceeded
            | Error::MaximumNameConstraintComparisonsExceeded => Self::TooManySignatures,
            _ => Self::Malformed,
        }
    }
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoClock => f.write_str(
                "the clock is not set, and without it no certificate can be checked; set the time (SNTP, RTC) before connecting",
            ),
            Self::Expired { now, not_after } => write!(
                f,
                "a certificate expired at {not_after}, and the clock shows {now} (seconds since 1970); check the clock, then renew \
                 the server's certificate"
            ),
            Self::NotYetValid { now, not_before } => write!(
                f,
                "a certificate is not valid before {not_before}, and the clock shows {now} (seconds since 1970); probably the clock \
                 is slow: check it"
            ),
            Self::WrongName => f.write_str(
                "the certificate is not valid for this host name: the region or custom domain may be wrong, or a TLS-inspecting \
                 proxy answered; check both",
            ),
            Self::UnknownIssuer => f.write_str(
                "the certificate was issued by an untrusted CA: a trust anchor is missing, the server does not send an \
                 intermediate, or a TLS-inspecting proxy answered; add the right trust anchor or correct the server",
            ),
            Self::SelfSigned => f.write_str(
                "the certificate is self-signed; have a CA issue it, and make that CA a trust anchor",
            ),
            Self::InvalidSignature => f.write_str(
                "a signature in the certificate chain is invalid: the certificate was altered, or issued by another CA of the same \
                 name; check the server's chain and the trust anchors",
            ),
            Self::LeafUsedAsCa => f.write_str(
                "a certificate was issued by a certificate that is not a CA's: probably a forgery; check the server's chain",
            ),
            Self::CaUsedAsLeaf => f.write_str(
                "the server's own certificate is a CA certificate; give the server a certificate for servers",
            ),
            Self::PathLength => f.write_str(
                "the chain has more intermediates than the path length constraint of a CA allows; correct the server's chain",
            ),
            Self::NameConstraint => f.write_str(
                "a CA in the chain may not issue certificates for this host name (name constraint); correct the server's chain",
            ),
            Self::WrongUsage => f.write_str(
                "the certificate is not valid for servers (extended key usage without serverAuth); replace it on the server",
            ),
            Self::KeyUsage => f.write_str(
                "the certificate's key may not be used for signatures (key usage without digitalSignature), as TLS 1.3 requires; \
                 replace it on the server",
            ),
            Self::CriticalExtension => f.write_str(
                "a certificate has an unknown critical extension; replace it on the server with one without this extension",
            ),
            Self::UnsupportedAlgorithm => f.write_str(
                "a certificate's key or signature has an unsupported algorithm; supported are RSA and ECDSA P-256 with SHA-256 and \
                 SHA-384; the feature p384 adds P-384 (the key of Amazon Root CA 4), sha512 adds SHA-512",
            ),
            Self::RsaKeySize { bits } => write!(
                f,
                "an RSA key has {bits} bits; supported are 2048 to {MAX_RSA_BITS} (up to 4096 with the feature rsa-4096, as for \
                 Amazon Root CA 2)"
            ),
            Self::TooManyCertificates { count } => write!(
                f,
                "the server sent {count} certificates, of which at most {} are used; remove the unneeded ones from the server's chain",
                MAX_INTERMEDIATES + 1
            ),
            Self::TooManySignatures => f.write_str(
                "the chain has so many CAs of the same name that verifying it would take too long: probably an attack; check the \
                 server's chain",
            ),
            Self::NoCertificate => f.write_str("the server sent no certificate; configure one on the server"),
            Self::Malformed => f.write_str(
                "a certificate is malformed, or not X.509 version 3; replace it on the server",
            ),
        }
    }
}

impl core::error::Error for ChainError {}
