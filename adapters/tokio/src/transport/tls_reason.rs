//! The reasons of rustls and rustls-webpki as sentences: their own texts are names of types and lists of numbers.

use super::short_key;
use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

/// Returns why a certificate was rejected, after "its certificate is not acceptable: ".
pub(super) fn certificate(error: &CertificateError) -> &'static str {
    use CertificateError as E;
    match error {
        E::BadEncoding => "it is not encoded as X.509 requires (RFC 5280)",
        E::Revoked => "it was revoked",
        E::UnknownRevocationStatus | E::ExpiredRevocationList | E::ExpiredRevocationListContext { .. } => {
            "its revocation status is unknown"
        }
        E::UnhandledCriticalExtension => "it has a critical extension that is not supported",
        E::UnsupportedSignatureAlgorithmContext { .. }
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => UNSUPPORTED_ALGORITHM,
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => {
            "its extended key usage does not include TLS servers"
        }
        E::InvalidOcspResponse => "its OCSP response is not valid",
        E::ApplicationVerificationFailure => "the verifier of the TLS configuration rejected it",
        E::Other(other) => rule(&other.to_string()),
        // Kinds with a message of their own do not come here.
        _ => BROKEN_RULE,
    }
}

const UNSUPPORTED_ALGORITHM: &str = "it has a key or a signature of an algorithm that is not supported; supported are RSA with 2048 to 8192 \
                                     bits, ECDSA with P-256 and P-384, and Ed25519, with SHA-256, SHA-384 or SHA-512 for RSA";

const BROKEN_RULE: &str = "it breaks a rule of X.509 (RFC 5280)";

/// rustls-webpki displays the name of the broken rule.
fn rule(name: &str) -> &'static str {
    match name {
        short_key::NAME => {
            "a CA of its chain has an RSA key of fewer than 2048 bits, which is too short to be trusted: behind a TLS-inspecting proxy, \
             the proxy needs a new CA certificate"
        }
        "CaUsedAsEndEntity" => "it is the certificate of a CA and not that of a server",
        "EndEntityUsedAsCa" => "it was issued by a certificate that is not one of a CA",
        "CertDistrusted" => "it is distrusted",
        "NameConstraintViolation" | "MalformedNameConstraint" | "InvalidNetworkMaskConstraint" => {
            "its names are not among those that its CA may certify (name constraints)"
        }
        "PathLenConstraintViolated" => "its chain is longer than one of its CAs permits (path length)",
        "MaximumNameConstraintComparisonsExceeded"
        | "MaximumPathBuildCallsExceeded"
        | "MaximumPathDepthExceeded"
        | "MaximumSignatureChecksExceeded" => "its chain takes more work to verify than is permitted",
        "UnsupportedCertVersion" => "it is not an X.509 certificate of version 3",
        "SignatureAlgorithmMismatch" => "its two statements of the signature algorithm differ",
        _ => BROKEN_RULE,
    }
}

/// Returns why there are no common parameters, after "no common TLS parameters: ".
pub(super) fn incompatible(error: &Error) -> &'static str {
    use PeerIncompatible as P;
    match error {
        Error::PeerIncompatible(
            P::ServerDoesNotSupportTls12Or13
            | P::ServerTlsVersionIsDisabledByOurConfig
            | P::Tls12NotOffered
            | P::Tls12NotOfferedOrEnabled,
        )
        | Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "TLS 1.2 or 1.3 is required, and it supports neither; an old TLS-inspecting proxy may be the cause"
        }
        Error::PeerIncompatible(P::NoCipherSuitesInCommon) => "there is no cipher suite that both support",
        Error::PeerIncompatible(P::NoKxGroupsInCommon | P::NamedGroupsExtensionRequired) => {
            "there is no key exchange group that both support"
        }
        Error::PeerIncompatible(P::NoSignatureSchemesInCommon) => {
            "there is no signature algorithm that both support"
        }
        // The server found nothing in common, and does not say what it lacks.
        Error::AlertReceived(_) => {
            "it accepts none of the versions (TLS 1.2 or 1.3), cipher suites, key exchange groups and signature algorithms of this \
             client; an old TLS-inspecting proxy, or a server with an unusual key such as P-521, may be the cause"
        }
        _ => "it requires or selected what this client does not support",
    }
}

/// Returns why the handshake failed, after "the TLS handshake failed: ".
pub(super) fn handshake(error: &Error) -> &'static str {
    use AlertDescription as A;
    match error {
        Error::AlertReceived(A::InternalError) => "the server reports an internal error: try again later",
        Error::AlertReceived(A::UnrecognisedName) => {
            "the server does not know this host name: check the host"
        }
        Error::AlertReceived(A::AccessDenied) => "the server denies access",
        Error::AlertReceived(A::UserCanceled | A::CloseNotify) => "the server ended it: try again",
        Error::AlertReceived(
            A::DecodeError | A::IllegalParameter | A::UnexpectedMessage | A::DecryptError,
        ) => "the server did not understand this client; a TLS-inspecting proxy may be the cause",
        Error::AlertReceived(_) => "the server rejected it: ask its operator",
        Error::NoCertificatesPresented => "the server sent no certificate",
        Error::DecryptError | Error::PeerSentOversizedRecord => {
            "a record was altered or damaged on the way: try again; if it happens often, a device in the network damages connections"
        }
        Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerMisbehaved(_) => {
            "the server broke the rules of TLS; a TLS-inspecting proxy may be the cause: report it to the operator of the host"
        }
        Error::FailedToGetCurrentTime => "this machine has no clock",
        Error::FailedToGetRandomBytes => "this machine has no random numbers",
        Error::InconsistentKeys(_) => "the key and the certificate of the client do not belong together",
        Error::InvalidCertRevocationList(_) => "a revocation list of the TLS configuration is not valid",
        _ => "an error of the TLS configuration or library: please report it",
    }
}
