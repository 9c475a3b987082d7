//! What happens to a request on its way, and what follows.

use core::fmt;

use crate::time::Instant;
use crate::wire::Refusal;

/// What follows from a response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::large_enum_variant, reason = "there is no allocator to put the refusal in a box with")]
pub enum Next {
    /// Give the response to the caller: a success.
    Deliver,
    /// Give the response to the caller: no success, and what it says, parsed.
    Refused(Refusal),
    /// Send the request again with a newer token: ask the manager for one, and wait until there is one.
    SendWithNewToken,
    /// Sleep, then send the request again, with the token that lives by then.
    Wait {
        /// Until then.
        until: Instant,
    },
}

/// How a connection was lost before there was a response. `reused`: it had served another request before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// No byte of the request had left: it was closed, or never came to be.
    Unsent {
        /// It had served another request before.
        reused: bool,
    },
    /// Something of the request may have reached the service.
    Unanswered {
        /// It had served another request before.
        reused: bool,
    },
}

/// Why a request without a response is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveUp {
    /// It was not sent: the service has not acted upon it.
    Unsent,
    /// It may have been sent, and nobody knows whether the service has acted upon it.
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
