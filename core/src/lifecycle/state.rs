//! The states of [`TokenManager`](super::TokenManager): what each one knows, and nothing else.

use super::kind::Kind;
use super::policy::Policy;
use super::step::{ExchangeReason, Generation};
use crate::time::{Duration, Instant};

/// The state with regard to the next exchange. Whether there is a token is independent of it: see [`Held`].
///
/// When a state ends by itself is kept beside it, since it is the same question in all of them.
// With a tag of its own: one that hides in a field costs more code at each look than the byte it saves.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum State {
    /// An exchange is due; not before the state's end, because of the least spacing, which is mostly past.
    Due(Due),
    /// One is under way, and presumed lost at the state's end.
    InFlight(InFlight),
    /// The token is fresh: the next one is due at the state's end, or at the token's if that is earlier.
    Fresh,
    /// The last one failed: the next one is due at the state's end.
    Waiting(Waiting),
    /// The last one failed for good: the next one is due when credentials change. This state has no end.
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
    /// Credentials changed since it began: what a refusal says of them is out of date.
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
    /// Whether the credential source is asked for other credentials meanwhile.
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
    /// It must not be used from here on: its expiry, or the idle timeout if that comes before.
    pub(super) end: Instant,
}

impl Held {
    /// `lifetime` counts from the beginning of the exchange, and so does the idle time.
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

    /// A use was reported; an earlier one than the last takes nothing back.
    pub(super) fn used(&mut self, at: Instant, policy: &Policy) {
        let end = match policy.idle_timeout {
            Some(idle) => self.expires_at.min(at + idle),
            None => self.expires_at,
        };
        self.end = self.end.max(end);
    }
}
