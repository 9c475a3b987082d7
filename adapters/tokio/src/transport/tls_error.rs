//! Errors of TLS, in words for the person who fixes the cause.

use std::fmt;
use std::io;

use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use super::platform_roots::Summary;

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
    /// There is no common protocol version or cipher suite.
    Incompatible,
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
        | Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure) => {
            TlsErrorKind::Incompatible
        }
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
                "its certificate is not acceptable ({}): report it to the operator of the host",
                self.error
            ),
            TlsErrorKind::Incompatible => write!(
                f,
                "no common TLS parameters ({}): TLS 1.2 or 1.3 is required; an old TLS-inspecting proxy may support neither",
                self.error
            ),
            TlsErrorKind::NotTls => f.write_str(
                "it does not speak TLS: check the port, and whether a portal or proxy answers in its place",
            ),
            TlsErrorKind::Handshake => write!(f, "the handshake failed ({})", self.error),
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
