//! The decisions of a call, and the ways in which a connection is lost.

use core::fmt;

use crate::time::Instant;
use crate::wire::Refusal;

/// The decision after a response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::large_enum_variant, reason = "there is no allocator to put the refusal in a box with")]
pub enum Next {
    /// Return the response to the caller as a success.
    Deliver,
    /// Return the response to the caller as a failure, with the parsed refusal.
    Refused(Refusal),
    /// Send the request again with a newer token: wait until the manager has one.
    SendWithNewToken,
    /// Sleep, then send the request again with the token that is valid then.
    Wait {
        /// The end of the sleep.
        until: Instant,
    },
}

/// How a request is sent again after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Again {
    /// With a newer token: wait until the manager has one.
    WithNewToken,
    /// After a sleep until this time, with the token that is valid then.
    At(Instant),
}

/// How a connection was lost before there was a response. `reused`: it had carried another request before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// No byte of the request was sent: the connection was closed before, or not established. Or the peer states that it did not
    /// process the request (HTTP/2: RFC 9113 sections 6.8 and 8.7).
    Unsent {
        /// Whether the connection had carried another request before.
        reused: bool,
    },
    /// A part of the request may have reached the service.
    Unanswered {
        /// Whether the connection had carried another request before.
        reused: bool,
    },
}

/// The reason why a request without a response is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveUp {
    /// It was not sent: the service has not acted upon it.
    Unsent,
    /// It may have been sent: whether the service has acted upon it is unknown.
    Unanswered,
}

impl fmt::Display for GiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsent => "the request was not sent: it is safe to send it again",
            Self::Unanswered => {
                "the connection was lost before the response: whether the service has acted upon the request is unknown, \
                 so look before sending it again"
            }
        })
    }
}

impl core::error::Error for GiveUp {}
