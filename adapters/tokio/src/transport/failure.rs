//! A request that has no response.

use genesys_token_core::call::Loss;

use super::error::TransportErrorKind;
use super::request_body::RequestBody;

/// Why there is no response, and what is known about the request.
pub(super) struct Failure {
    pub(super) kind: TransportErrorKind,
    pub(super) fate: Fate,
}

/// What became of a request.
pub(super) enum Fate {
    /// The service has not acted upon it. Its body is there for another attempt.
    Unsent(RequestBody),
    /// The service has not acted upon it, but its body was begun and cannot be sent again.
    #[cfg(feature = "http2")]
    Unprocessed,
    /// The service requires HTTP/1.1, so it has not acted upon it (RFC 9113 section 7). `None`: its body cannot be sent again.
    #[cfg(feature = "http2")]
    Http1Required(Option<RequestBody>),
    /// The connection ended: it may have been acted upon.
    Unanswered,
    /// Bytes of the response arrived, so it was received; or it could not be completed.
    Ended,
}

impl Failure {
    pub(super) const fn unsent(kind: TransportErrorKind, body: RequestBody) -> Self {
        Self { kind, fate: Fate::Unsent(body) }
    }

    #[cfg(feature = "http2")]
    pub(super) const fn unprocessed(kind: TransportErrorKind) -> Self {
        Self { kind, fate: Fate::Unprocessed }
    }

    #[cfg(feature = "http2")]
    pub(super) const fn http1_required(kind: TransportErrorKind, body: Option<RequestBody>) -> Self {
        Self { kind, fate: Fate::Http1Required(body) }
    }

    pub(super) const fn unanswered(kind: TransportErrorKind) -> Self {
        Self { kind, fate: Fate::Unanswered }
    }

    pub(super) const fn ended(kind: TransportErrorKind) -> Self {
        Self { kind, fate: Fate::Ended }
    }
}

impl Fate {
    /// Returns the loss that core decides about. `None`: the request is not sent again.
    pub(super) const fn loss(&self, reused: bool) -> Option<Loss> {
        match self {
            Self::Unsent(_) => Some(Loss::Unsent { reused }),
            Self::Unanswered => Some(Loss::Unanswered { reused }),
            #[cfg(feature = "http2")]
            Self::Unprocessed | Self::Http1Required(None) => None,
            // As with a kept connection, the cause is the connection: the next one uses HTTP/1.1.
            #[cfg(feature = "http2")]
            Self::Http1Required(Some(_)) => Some(Loss::Unsent { reused: true }),
            Self::Ended => None,
        }
    }
}
