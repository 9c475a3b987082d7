//! Why a chain was refused.

use core::fmt;

use webpki::Error;

/// Why a certificate chain was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainError {
    /// There is no time, or it is before the floor: validity periods cannot be judged.
    NoClock,
    /// A certificate's validity period is over. Times are seconds since 1970.
    Expired {
        /// The time it was judged at.
        now: u64,
        /// The certificate's last second.
        not_after: u64,
    },
    /// A certificate's validity period has not begun. Times are seconds since 1970.
    NotYetValid {
        /// The time it was judged at.
        now: u64,
        /// The certificate's first second.
        not_before: u64,
    },
    /// The leaf is not for the expected host name (subject alternative names only; the common name does not count).
    WrongName,
    /// No path leads to a trust anchor.
    UnknownIssuer,
    /// The leaf signed itself.
    SelfSigned,
    /// A signature in the chain does not verify with the issuer's key.
    InvalidSignature,
    /// A certificate that is no authority's issued another.
    LeafAsAuthority,
    /// The server presented an authority's certificate as its own.
    AuthorityAsLeaf,
    /// There are more authorities below one than it allows.
    PathLength,
    /// An authority is not allowed to vouch for this name.
    NameConstraint,
    /// The certificate is not for servers (extended key usage).
    WrongUsage,
    /// A critical extension is not understood.
    CriticalExtension,
    /// A signature or key is of an algorithm that is not supported, or not by the enabled features.
    UnsupportedAlgorithm,
    /// An RSA key is shorter than 2048 bits, or longer than [`MAX_RSA_BITS`](crate::algorithms::MAX_RSA_BITS), or not of
    /// whole 32-bit words.
    RsaKeySize {
        /// Its length in bits.
        bits: u16,
    },
    /// The server sent more certificates than 1 + [`MAX_INTERMEDIATES`](crate::MAX_INTERMEDIATES).
    TooManyCertificates {
        /// How many.
        count: usize,
    },
    /// More than [`MAX_SIGNATURES`](crate::MAX_SIGNATURES) signatures would have to be verified to judge this chain.
    TooManySignatures,
    /// The server sent no certificate.
    NoCertificate,
    /// A certificate is not well-formed, or not of X.509 version 3.
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
            Error::EndEntityUsedAsCa => Self::LeafAsAuthority,
            Error::CaUsedAsEndEntity => Self::AuthorityAsLeaf,
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
            Self::NoClock => f.write_str("there is no clock that can be believed; set the time (SNTP, RTC) before connecting"),
            Self::Expired { now, not_after } => write!(
                f,
                "a certificate expired at {not_after} and it is {now} (seconds since 1970); check the clock, then the server"
            ),
            Self::NotYetValid { now, not_before } => write!(
                f,
                "a certificate is valid from {not_before} and it is {now} (seconds since 1970); the clock is probably slow"
            ),
            Self::WrongName => f.write_str(
                "the certificate is for other host names; check the region or custom domain, and for a proxy in between",
            ),
            Self::UnknownIssuer => f.write_str(
                "no trust anchor vouches for the certificate; add the right anchor, or look for an intermediate that the server \
                 does not send, or for a proxy that intercepts TLS",
            ),
            Self::SelfSigned => f.write_str(
                "the certificate is self-signed; have it issued by an authority and make that one the trust anchor",
            ),
            Self::InvalidSignature => f.write_str(
                "a signature in the certificate chain is wrong: it was altered, or signed by another authority of the same name",
            ),
            Self::LeafAsAuthority => f.write_str("a certificate was issued by one that is no authority: a forgery"),
            Self::AuthorityAsLeaf => {
                f.write_str("the server presents an authority's certificate as its own; it needs one for a server")
            }
            Self::PathLength => f.write_str("there are more intermediate authorities than an authority allows"),
            Self::NameConstraint => f.write_str("an authority in the chain may not vouch for this host name"),
            Self::WrongUsage => f.write_str("the certificate is not for servers (extended key usage lacks serverAuth)"),
            Self::CriticalExtension => f.write_str("a certificate has a critical extension that is not understood"),
            Self::UnsupportedAlgorithm => f.write_str(
                "a certificate's key or signature is of an unsupported algorithm; supported are RSA and ECDSA P-256 with SHA-256 \
                 and SHA-384; the feature p384 adds P-384 (the key of Amazon Root CA 4), sha512 SHA-512",
            ),
            Self::RsaKeySize { bits } => write!(
                f,
                "an RSA key has {bits} bits; supported are 2048 to {} (the feature rsa-4096 gives 4096, as Amazon Root CA 2 has)",
                crate::algorithms::MAX_RSA_BITS
            ),
            Self::TooManyCertificates { count } => write!(
                f,
                "the server sent {count} certificates and {} are the limit; have the unneeded ones removed",
                crate::MAX_INTERMEDIATES + 1
            ),
            Self::TooManySignatures => {
                f.write_str("the chain has so many look-alike authorities that judging it would take too long: an attack")
            }
            Self::NoCertificate => f.write_str("the server sent no certificate"),
            Self::Malformed => f.write_str("a certificate is malformed, or not X.509 version 3"),
        }
    }
}

impl core::error::Error for ChainError {}
