//! Outcomes that a client reports.

use core::fmt;

/// The outcome of a token request or a call. `Display` is its text; see the [module](super).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// An access token.
    Token,
    /// Status 2xx from the Platform API.
    Called,
    /// The token endpoint refused.
    Refused(Refusal),
    /// The Platform API refused.
    CallRefused(Refusal),
    /// An invalid token response, with the kind of the error.
    Protocol(&'static str),
    /// A response larger than the client's buffers.
    TooLong(Part),
    /// No complete response.
    Transport(Phase, TransportFault),
    /// Anything but an access token. Transports may report these faults differently; none may accept a token.
    NoToken,
}

/// A refusal of the service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Its class, as core spells it.
    pub class: &'static str,
    /// The status code.
    pub status: u16,
    /// OAuth's `error`, or the Platform API's `code`; empty if there is none.
    pub code: &'static str,
}

/// What was too long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The access token.
    Token,
    /// The body of a response.
    Body,
}

/// The part of an exchange that failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Phase {
    /// TCP.
    Connect,
    /// The TLS handshake.
    TlsHandshake,
    /// Sending the request and waiting for the head of the response.
    Response,
    /// Reading the body of the response.
    Body,
}

/// How a transport failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TransportFault {
    /// The deadline expired.
    Timeout,
    /// The peer closed the connection, with or without `close_notify`.
    Closed,
    /// The connection was lost.
    Lost,
    /// No TLS parameters in common.
    Incompatible,
    /// The peer does not speak TLS.
    NotTls,
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for other hosts.
    WrongName,
    /// The certificate was issued by an untrusted CA.
    UnknownIssuer,
    /// The certificate was rejected for another reason.
    Certificate,
}

impl Outcome {
    pub(super) const fn refused(class: &'static str, status: u16, code: &'static str) -> Self {
        Self::Refused(Refusal { class, status, code })
    }

    pub(super) const fn call_refused(class: &'static str, status: u16, code: &'static str) -> Self {
        Self::CallRefused(Refusal { class, status, code })
    }

    /// Returns whether a client may report this text. After `transport`, the last words may be missing.
    #[must_use]
    pub fn allows(&self, reported: &str) -> bool {
        match self {
            Self::NoToken => ["refused ", "protocol ", "too_long ", "transport"]
                .iter()
                .any(|word| reported.starts_with(word)),
            Self::Transport(..) => {
                let all = self.to_string();
                reported.starts_with("transport")
                    && all
                        .strip_prefix(reported)
                        .is_some_and(|missing| missing.is_empty() || missing.starts_with(' '))
            }
            _ => self.to_string() == reported,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token => f.write_str("token"),
            Self::Called => f.write_str("called"),
            Self::Refused(refusal) => write!(f, "refused {refusal}"),
            Self::CallRefused(refusal) => write!(f, "call refused {refusal}"),
            Self::Protocol(kind) => write!(f, "protocol {kind}"),
            Self::TooLong(Part::Token) => f.write_str("too_long token"),
            Self::TooLong(Part::Body) => f.write_str("too_long body"),
            Self::Transport(phase, fault) => write!(f, "transport {phase:?} {fault:?}"),
            Self::NoToken => f.write_str("anything but a token"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.class, self.status)?;
        if self.code.is_empty() { Ok(()) } else { write!(f, " {}", self.code) }
    }
}
