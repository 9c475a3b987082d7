//! The states of [`TokenManager`](super::TokenManager), with the values of each.

use super::kind::Kind;
use super::policy::Policy;
use super::step::{ExchangeReason, Generation};
use crate::time::{Duration, Instant};

/// The state of the next exchange. Whether there is a token is independent of it: see [`Held`].
///
/// The time at which a state ends is kept beside it, since all states need one.
// With an explicit tag: one that is stored in a field's niche costs more code at each access than the byte it saves.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum State {
    /// An exchange is due, though not before the state's end, which is the end of the spacing and mostly past.
    Due(Due),
    /// An exchange is in flight, and presumed lost at the state's end.
    InFlight(InFlight),
    /// The token is fresh: the next exchange is due at the state's end, or at the token's end if that is earlier.
    Fresh,
    /// The last exchange failed: the next one is due at the state's end.
    Waiting(Waiting),
    /// The last exchange failed for good: the next one is due when the grant or the credentials change. This state has no end.
    Stopped(Stopped),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) reason: ExchangeReason,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct InFlight {
    /// The number on the ticket.
    pub(super) ticket: u32,
    pub(super) begun_at: Instant,
    /// Credentials changed since it began: a refusal does not concern the new ones.
    pub(super) credentials_outdated: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    /// The time that the service named: no exchange begins before. In the past if it named none.
    pub(super) not_before: Instant,
    /// The kind of failure. If the credentials may be the cause, the rest of the wait, after `not_before`, ends with new ones.
    pub(super) kind: Kind,
}

impl Waiting {
    /// Returns whether the credential source is checked for other credentials during the wait.
    pub(super) fn checks_credentials(self) -> bool {
        self.kind == Kind::Refused
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Stopped {
    /// As in [`Waiting`].
    pub(super) not_before: Instant,
}

/// The current token without its text, which is stored separately.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) generation: Generation,
    /// When its exchange began.
    pub(super) begun_at: Instant,
    pub(super) expires_at: Instant,
    /// The time from which it must not be used: its expiry, or the idle timeout if that is earlier.
    pub(super) end: Instant,
}

impl Held {
    /// Creates a token; `lifetime` and idle time count from the beginning of the exchange.
    pub(super) fn new(
        generation: Generation,
        begun_at: Instant,
        lifetime: Duration,
        policy: &Policy,
    ) -> Self {
        let expires_at = begun_at + lifetime;
        let mut held = Self { generation, begun_at, expires_at, end: Instant::ZERO };
        held.used(begun_at, policy);
        held
    }

    /// Notes a use; an earlier one than the last has no effect.
    pub(super) fn used(&mut self, at: Instant, policy: &Policy) {
        let end = match policy.idle_timeout {
            Some(idle) => self.expires_at.min(at + idle),
            None => self.expires_at,
        };
        self.end = self.end.max(end);
    }
}
