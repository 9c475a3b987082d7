//! What is logged.

use core::time::Duration;

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure<R> {
    /// No access point with this name was found.
    Absent(R),
    /// The access point did not accept the password, or has another kind of security.
    Refused(R),
    /// It failed for another reason.
    Other(R),
    /// The radio did not respond, or reported an error of its own.
    NoResponse,
}

impl<R> Failure<R> {
    pub(crate) const fn is_response(&self) -> bool {
        !matches!(self, Self::NoResponse)
    }
}

/// A change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<R> {
    /// There is an association.
    Associated,
    /// It is lost; the reason, if the radio knows it.
    Lost(Option<R>),
    /// An attempt failed, and the next one begins after this wait.
    Failed {
        /// Why.
        failure: Failure<R>,
        /// The wait.
        wait: Duration,
    },
    /// The radio does not respond, and is not tried again.
    GivenUp,
}

impl<R: Copy> Event<R> {
    /// Returns the text of the log line: what happened, and what to check.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        match self {
            Self::Associated => "associated with the access point",
            Self::Lost(_) => "the association is lost",
            Self::Failed { failure: Failure::Absent(_), .. } => {
                "no association: there is no access point of this name; check `wifi-ssid` and reception"
            }
            Self::Failed { failure: Failure::Refused(_), .. } => {
                "no association: the access point refuses; check `wifi-password`"
            }
            Self::Failed { failure: Failure::Other(_), .. } => {
                "no association: the attempt failed; check reception"
            }
            Self::Failed { failure: Failure::NoResponse, .. } => "no association: the radio does not respond",
            Self::GivenUp => "the radio does not respond; the board is reset",
        }
    }

    /// Returns the reason that the radio gave, if there is one.
    pub const fn reason(&self) -> Option<R> {
        match self {
            Self::Lost(reason) => *reason,
            Self::Failed {
                failure: Failure::Absent(reason) | Failure::Refused(reason) | Failure::Other(reason),
                ..
            } => Some(*reason),
            Self::Associated | Self::Failed { failure: Failure::NoResponse, .. } | Self::GivenUp => None,
        }
    }

    /// Returns the seconds until the next attempt; 0 if there is no wait.
    pub const fn wait(&self) -> u64 {
        match self {
            Self::Failed { wait, .. } => wait.as_secs(),
            _ => 0,
        }
    }
}
