//! Why TLS failed, in words for the person who has to mend it.

use std::fmt;
use std::io;

use rustls::CertificateError;
use rustls::pki_types::UnixTime;

/// TLS was not agreed on, or the peer's certificate was not accepted.
#[derive(Clone, Debug)]
pub struct TlsError {
    kind: TlsErrorKind,
    error: rustls::Error,
    platform_roots: Option<usize>,
}

/// What is wrong, as far as it makes a difference to what one does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsErrorKind {
    /// A certificate's time is over.
    Expired,
    /// A certificate's time has not begun.
    NotYetValid,
    /// No trust anchor vouches for the certificate.
    UnknownIssuer,
    /// The certificate is for other hosts.
    WrongName,
    /// The certificate is not accepted for another reason: signature, purpose, encoding, revocation.
    Certificate,
    /// Both sides have no protocol version or cipher suite in common.
    Incompatible,
    /// The peer does not speak TLS.
    NotTls,
    /// Anything else.
    Handshake,
}

impl TlsError {
    /// The error that tokio-rustls wrapped, if `error` is one of TLS. `platform_roots`: how many trust anchors the
    /// platform's store gave, if it was asked.
    pub(super) fn from_io(error: &io::Error, platform_roots: Option<usize>) -> Option<Self> {
        let error = error.get_ref()?.downcast_ref::<rustls::Error>()?.clone();
        Some(Self { kind: kind_of(&error), error, platform_roots })
    }

    /// What is wrong.
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
                    ": if the clock is wrong, set it; if it is right, the service or a company's TLS proxy must renew it",
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
                f.write_str("no trust anchor vouches for its certificate: ")?;
                match self.platform_roots {
                    Some(0) => {
                        f.write_str("the platform's store is empty (on Debian, install ca-certificates); ")?;
                    }
                    Some(count) => {
                        write!(f, "neither those of the service nor the {count} of the platform; ")?;
                    }
                    None => {}
                }
                f.write_str("if a company's proxy opens TLS, add its CA certificate as an extra root (PEM)")
            }
            TlsErrorKind::WrongName => {
                f.write_str("its certificate is for other hosts")?;
                self.presented_names(f)?;
                f.write_str(": check the host, and whether something on the way answers in its place")
            }
            TlsErrorKind::Certificate if self.is_of_another_key() => f.write_str(
                "a signature in its chain is of another key than that of the trust anchor or certificate with the issuer's name: \
                 if a company's proxy opens TLS, its CA certificate was renewed and the extra root (PEM) is the old one; if \
                 not, something on the way poses as the host",
            ),
            TlsErrorKind::Certificate => write!(
                f,
                "its certificate is not acceptable ({}): report it to whoever runs the host",
                self.error
            ),
            TlsErrorKind::Incompatible => write!(
                f,
                "no common TLS parameters ({}): TLS 1.2 or 1.3 is needed; an old TLS proxy on the way may lack both",
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

    /// The moment of validation and the bound that it missed.
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

    /// At most three of the certificate's names; visible ASCII only, for they are the peer's words.
    fn presented_names(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) =
            &self.error
        else {
            return Ok(());
        };
        for (index, name) in presented.iter().take(3).enumerate() {
            f.write_str(if index == 0 { " (" } else { ", " })?;
            // rustls gives them as `DnsName("host")`.
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

/// A date of the Gregorian calendar, UTC: `2026-01-31`.
struct Date(UnixTime);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut days = self.0.as_secs() / 86_400;
        let mut year = 1970_u64;
        let is_leap =
            |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        // 400 years have 146,097 days: skipped at once, so that any value ends soon.
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
