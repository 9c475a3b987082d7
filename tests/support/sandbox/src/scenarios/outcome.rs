//! What a client says in the end.

use core::fmt;

/// What came of asking for a token, or of a call. `Display` gives the words; see the [module](super).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// An access token.
    Token,
    /// Status 2xx from the Platform API.
    Called,
    /// The token endpoint said no.
    Refused(Refusal),
    /// The Platform API said no.
    CallRefused(Refusal),
    /// No legal token response, of this kind.
    Protocol(&'static str),
    /// More than the client has room for.
    TooLong(Part),
    /// No whole response.
    Transport(Phase, TransportFault),
    /// Anything but an access token: how a fault is called that no peer may ever gain from is the transport's affair.
    NoToken,
}

/// A service's no.
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
    /// The request is sent and the head of the response is waited for.
    Response,
    /// The body of the response is read.
    Body,
}

/// How it failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TransportFault {
    /// The deadline came.
    Timeout,
    /// The peer closed the connection, with or without `close_notify`.
    Closed,
    /// The connection broke.
    Lost,
    /// No common TLS parameters.
    Incompatible,
    /// The peer does not speak TLS.
    NotTls,
    /// A certificate's time is over.
    Expired,
    /// A certificate's time has not begun.
    NotYetValid,
    /// The certificate is for other hosts.
    WrongName,
    /// No trust anchor vouches for the certificate.
    UnknownIssuer,
    /// The certificate is not accepted for another reason.
    Certificate,
}

impl Outcome {
    pub(super) const fn refused(class: &'static str, status: u16, code: &'static str) -> Self {
        Self::Refused(Refusal { class, status, code })
    }

    pub(super) const fn call_refused(class: &'static str, status: u16, code: &'static str) -> Self {
        Self::CallRefused(Refusal { class, status, code })
    }

    /// Whether a client that says this is right. Of `transport …` the last words may be left out, of everything else none.
    #[must_use]
    pub fn admits(&self, said: &str) -> bool {
        match self {
            Self::NoToken => {
                ["refused ", "protocol ", "too_long ", "transport"].iter().any(|word| said.starts_with(word))
            }
            Self::Transport(..) => {
                let all = self.to_string();
                said.starts_with("transport")
                    && all
                        .strip_prefix(said)
                        .is_some_and(|unsaid| unsaid.is_empty() || unsaid.starts_with(' '))
            }
            _ => self.to_string() == said,
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
