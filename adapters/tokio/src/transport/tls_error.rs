//! Errors of TLS, in words for the person who fixes the cause.

use std::fmt;
use std::io;

use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use super::platform_roots::Summary;
use super::tls_reason;

/// A failed TLS handshake, or a rejected certificate.
#[derive(Clone, Debug)]
pub struct TlsError {
    kind: TlsErrorKind,
    error: rustls::Error,
    /// `None` if the platform's store was not read.
    platform: Option<Summary>,
}

/// Kinds of TLS errors that call for different actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsErrorKind {
    /// A certificate has expired.
    Expired,
    /// A certificate is not valid yet.
    NotYetValid,
    /// The certificate was issued by an untrusted CA.
    UnknownIssuer,
    /// The certificate is for other hosts.
    WrongName,
    /// The certificate is rejected for another reason: signature, key usage, encoding, revocation.
    Certificate,
    /// There is no common protocol version, cipher suite or other parameter of TLS.
    Incompatible,
    /// The server does not support HTTP/1.1 (ALPN, RFC 7301).
    NoCommonProtocol,
    /// The server requires a client certificate, or rejects the one of the TLS configuration.
    ClientCertificate,
    /// The peer does not speak TLS.
    NotTls,
    /// Another failure of the handshake.
    Handshake,
}

impl TlsError {
    /// Extracts the error that tokio-rustls wrapped, if `error` is one of TLS. `platform` tells of the platform's store, if
    /// it was read.
    pub(super) fn from_io(error: &io::Error, platform: Option<Summary>) -> Option<Self> {
        let error = error.get_ref()?.downcast_ref::<rustls::Error>()?.clone();
        Some(Self { kind: kind_of(&error), error, platform })
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> TlsErrorKind {
        self.kind
    }
}

fn kind_of(error: &rustls::Error) -> TlsErrorKind {
    use rustls::{AlertDescription, Error};
    match error {
        Error::InvalidCertificate(error) => match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsErrorKind::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsErrorKind::NotYetValid
            }
            CertificateError::UnknownIssuer => TlsErrorKind::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsErrorKind::WrongName
            }
            _ => TlsErrorKind::Certificate,
        },
        Error::PeerIncompatible(_)
        | Error::AlertReceived(
            AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity,
        ) => TlsErrorKind::Incompatible,
        Error::NoApplicationProtocol | Error::AlertReceived(AlertDescription::NoApplicationProtocol) => {
            TlsErrorKind::NoCommonProtocol
        }
        Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA,
        ) => TlsErrorKind::ClientCertificate,
        Error::InvalidMessage(_) => TlsErrorKind::NotTls,
        _ => TlsErrorKind::Handshake,
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TlsErrorKind::Expired => {
                f.write_str("a certificate has expired")?;
                if let Some((now, end)) = self.validation_times() {
                    write!(f, " (on {}; this machine's clock says {})", Date(end), Date(now))?;
                }
                f.write_str(
                    ": if the clock is wrong, set it; if it is right, the operator of the host or of a TLS-inspecting proxy must renew the certificate",
                )
            }
            TlsErrorKind::NotYetValid => {
                f.write_str("a certificate is not valid yet")?;
                if let Some((now, start)) = self.validation_times() {
                    write!(f, " (before {}; this machine's clock says {})", Date(start), Date(now))?;
                }
                f.write_str(": this machine's clock is most likely wrong: set it")
            }
            TlsErrorKind::UnknownIssuer => {
                f.write_str("its certificate is issued by an untrusted CA: ")?;
                if let Some(platform) = &self.platform {
                    platform.fmt(f)?;
                }
                f.write_str("behind a TLS-inspecting proxy, add the proxy's CA certificate as an extra root (PEM)")
            }
            TlsErrorKind::WrongName => {
                f.write_str("its certificate is for other hosts")?;
                self.presented_names(f)?;
                f.write_str(": check the host name, and whether a proxy or portal answers in its place")
            }
            TlsErrorKind::Certificate if self.is_of_another_key() => f.write_str(
                "a signature in its certificate chain was made with another key than that of the CA with the issuer's name: \
                 behind a TLS-inspecting proxy, the proxy's CA certificate was probably renewed, and the extra root (PEM) is the old \
                 one; otherwise another server poses as the host",
            ),
            TlsErrorKind::Certificate => write!(
                f,
                "its certificate is not acceptable: {}; report it to the operator of the host",
                match &self.error {
                    rustls::Error::InvalidCertificate(error) => tls_reason::certificate(error),
                    error => tls_reason::handshake(error),
                }
            ),
            TlsErrorKind::Incompatible => write!(
                f,
                "no common TLS parameters: {}",
                tls_reason::incompatible(&self.error)
            ),
            TlsErrorKind::NoCommonProtocol => f.write_str(
                "it does not support HTTP/1.1, probably only HTTP/2 (ALPN): check host and port, or allow HTTP/1.1 on the gateway in \
                 front of it",
            ),
            TlsErrorKind::ClientCertificate => f.write_str(
                "it requires a client certificate, or rejects the one that was sent: set one with tls_config(), or check host and \
                 port",
            ),
            TlsErrorKind::NotTls => f.write_str(
                "it does not speak TLS: check the port, and whether a portal or proxy answers in its place",
            ),
            TlsErrorKind::Handshake => {
                write!(f, "the TLS handshake failed: {}", tls_reason::handshake(&self.error))
            }
        }
    }
}

impl TlsError {
    fn is_of_another_key(&self) -> bool {
        matches!(self.error, rustls::Error::InvalidCertificate(CertificateError::BadSignature))
    }

    /// Returns the time of verification, and the limit of the certificate's validity.
    fn validation_times(&self) -> Option<(UnixTime, UnixTime)> {
        match &self.error {
            rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { time, not_after }) => {
                Some((*time, *not_after))
            }
            rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext { time, not_before }) => {
                Some((*time, *not_before))
            }
            _ => None,
        }
    }

    /// Writes at most three of the certificate's names, in visible ASCII only, because the peer chose them.
    fn presented_names(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) =
            &self.error
        else {
            return Ok(());
        };
        for (index, name) in presented.iter().take(3).enumerate() {
            f.write_str(if index == 0 { " (" } else { ", " })?;
            // rustls formats them as `DnsName("host")`.
            let name = name.split('"').nth(1).unwrap_or(name);
            for letter in name.chars().filter(char::is_ascii_graphic).take(64) {
                write!(f, "{letter}")?;
            }
        }
        match presented.len() {
            0 => Ok(()),
            1..=3 => f.write_str(")"),
            _ => f.write_str(", …)"),
        }
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// A date of the Gregorian calendar in UTC, displayed as `2026-01-31`.
struct Date(UnixTime);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut days = self.0.as_secs() / 86_400;
        let mut year = 1970_u64;
        let is_leap =
            |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        // 400 years have 146,097 days: skipped at once, so that the loop is short for any value.
        year += 400 * (days / 146_097);
        days %= 146_097;
        while days >= 365 + u64::from(is_leap(year)) {
            days -= 365 + u64::from(is_leap(year));
            year += 1;
        }
        let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut month = 1;
        for length in lengths {
            if days < length {
                break;
            }
            days -= length;
            month += 1;
        }
        write!(f, "{year:04}-{month:02}-{:02}", days + 1)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::pki_types::ServerName;
    use rustls::{
        AlertDescription, ExtendedKeyPurpose, InvalidMessage, OtherError, PeerIncompatible, PeerMisbehaved,
    };

    use super::*;

    /// An error of rustls-webpki as rustls wraps it: it displays the name of its variant.
    #[derive(Debug)]
    struct Rule(&'static str);

    impl fmt::Display for Rule {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl std::error::Error for Rule {}

    /// The errors of rustls-webpki 0.103 that rustls has no name for, that of a short key, and one that does not exist yet.
    const RULES: [&str; 17] = [
        "CaUsedAsEndEntity",
        "EndEntityUsedAsCa",
        "EmptyEkuExtension",
        "ExtensionValueInvalid",
        "InvalidNetworkMaskConstraint",
        "InvalidSerialNumber",
        "IssuerNotCrlSigner",
        "MalformedDnsIdentifier",
        "MalformedNameConstraint",
        "MaximumPathBuildCallsExceeded",
        "MaximumSignatureChecksExceeded",
        "NameConstraintViolation",
        "PathLenConstraintViolated",
        "SignatureAlgorithmMismatch",
        "UnsupportedCertVersion",
        "ShortRsaKey",
        "SomethingNew",
    ];

    fn errors() -> Vec<rustls::Error> {
        use rustls::Error;
        let unsupported = CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: vec![0x2a, 0x86, 0x48],
            supported_algorithms: Vec::new(),
        };
        let moment = UnixTime::since_unix_epoch(core::time::Duration::from_secs(1_800_000_000));
        let certificates = [
            CertificateError::BadEncoding,
            CertificateError::Expired,
            CertificateError::NotValidYet,
            CertificateError::Revoked,
            CertificateError::UnhandledCriticalExtension,
            CertificateError::UnknownIssuer,
            CertificateError::UnknownRevocationStatus,
            CertificateError::ExpiredRevocationList,
            CertificateError::BadSignature,
            unsupported,
            CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
                signature_algorithm_id: vec![1],
                public_key_algorithm_id: vec![2],
            },
            CertificateError::ExpiredContext { time: moment, not_after: moment },
            CertificateError::NotValidYetContext { time: moment, not_before: moment },
            CertificateError::ExpiredRevocationListContext { time: moment, next_update: moment },
            CertificateError::NotValidForName,
            CertificateError::NotValidForNameContext {
                expected: ServerName::try_from("localhost").unwrap(),
                presented: vec!["DnsName(\"example.test\")".to_owned()],
            },
            CertificateError::InvalidPurpose,
            CertificateError::InvalidPurposeContext {
                required: ExtendedKeyPurpose::ServerAuth,
                presented: vec![ExtendedKeyPurpose::Other(vec![1, 2, 3])],
            },
            CertificateError::InvalidOcspResponse,
            CertificateError::ApplicationVerificationFailure,
        ];
        let rules = RULES.map(|rule| CertificateError::Other(OtherError(Arc::new(Rule(rule)))));
        let mut errors: Vec<_> =
            certificates.into_iter().chain(rules).map(Error::InvalidCertificate).collect();
        errors.extend((0..=u8::MAX).map(|alert| Error::AlertReceived(AlertDescription::from(alert))));
        errors.extend([
            Error::InappropriateMessage { expect_types: Vec::new(), got_type: rustls::ContentType::Alert },
            Error::InvalidMessage(InvalidMessage::InvalidContentType),
            Error::NoCertificatesPresented,
            Error::UnsupportedNameType,
            Error::DecryptError,
            Error::EncryptError,
            Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13),
            Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
            Error::PeerIncompatible(PeerIncompatible::NullCompressionRequired),
            Error::PeerMisbehaved(PeerMisbehaved::IncorrectBinder),
            Error::General("sentinel".to_owned()),
            Error::FailedToGetCurrentTime,
            Error::FailedToGetRandomBytes,
            Error::HandshakeNotComplete,
            Error::PeerSentOversizedRecord,
            Error::NoApplicationProtocol,
            Error::BadMaxFragmentSize,
            Error::InappropriateHandshakeMessage {
                expect_types: Vec::new(),
                got_type: rustls::HandshakeType::Finished,
            },
            Error::InvalidEncryptedClientHello(rustls::EncryptedClientHelloError::NoCompatibleConfig),
            Error::InvalidCertRevocationList(rustls::CertRevocationListError::BadSignature),
            Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch),
            Error::InconsistentKeys(rustls::InconsistentKeys::Unknown),
            Error::Other(OtherError(Arc::new(Rule("sentinel")))),
        ]);
        errors
    }

    /// The sentences that are about one cause are those of the errors of that cause.
    #[test]
    fn a_cause_has_its_own_sentence() {
        let sentence = |error: rustls::Error| {
            TlsError::from_io(&io::Error::new(io::ErrorKind::InvalidData, error), None).unwrap().to_string()
        };
        let rule = |name| {
            sentence(rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Rule(
                name,
            ))))))
        };
        let certificate = |error| sentence(rustls::Error::InvalidCertificate(error));
        for (shown, says) in [
            (rule("ShortRsaKey"), "fewer than 2048 bits"),
            (certificate(CertificateError::BadSignature), "another key"),
            (rule("PathLenConstraintViolated"), "longer than"),
            (certificate(CertificateError::Revoked), "revoked"),
            (sentence(rustls::Error::NoApplicationProtocol), "ALPN"),
            (sentence(rustls::Error::FailedToGetRandomBytes), "random"),
            (
                sentence(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)),
                "does not speak TLS",
            ),
            (
                sentence(rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)),
                "TLS 1.2 or 1.3 is required",
            ),
            (
                sentence(rustls::Error::AlertReceived(AlertDescription::CertificateRequired)),
                "client certificate",
            ),
        ] {
            assert!(shown.contains(says), "{shown}");
        }
    }

    /// What rustls displays are names of types, lists of object identifiers, and texts of the server.
    #[test]
    fn every_error_is_a_sentence_without_the_text_of_the_library() {
        for error in errors() {
            let name = format!("{error:?}");
            let wrapped = io::Error::new(io::ErrorKind::InvalidData, error);
            let shown = TlsError::from_io(&wrapped, None).unwrap().to_string();
            for raw in ["Other", "Error", "sentinel", "[", "{", "Alert", "SomethingNew", "::"] {
                assert!(!shown.contains(raw), "{name}: {shown}");
            }
            assert!(shown.len() > 20 && shown.contains(' '), "{name}: {shown}");
        }
    }
}
