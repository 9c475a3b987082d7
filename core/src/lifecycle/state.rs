//! The states of [`TokenManager`](super::TokenManager): what each one knows, and nothing else.

use super::policy::Policy;
use super::step::{ExchangeReason, Generation, WaitReason};
use crate::time::Instant;

/// Where the manager stands with its next exchange. Whether it holds a token is another matter: see [`Held`].
#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    /// An exchange is due.
    Due(Due),
    /// One is under way.
    InFlight(InFlight),
    /// The token is fresh: the next one is due before its end.
    Fresh(Fresh),
    /// The last one failed: the next one is due after a while.
    Waiting(Waiting),
    /// The last one failed for good: the next one is due when credentials change.
    Stopped(Stopped),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) reason: ExchangeReason,
    /// Not before this, because of the least spacing; mostly past.
    pub(super) at: Instant,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct InFlight {
    /// The number on the ticket.
    pub(super) ticket: u32,
    /// Presumed lost from here on.
    pub(super) lost_at: Instant,
    /// Credentials changed since it began: what a refusal says of them is out of date.
    pub(super) credentials_outdated: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Fresh {
    pub(super) refresh_at: Instant,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) until: Instant,
    /// The service's word: nothing but time leads past it. [`Instant::ZERO`] if it gave none.
    pub(super) not_before: Instant,
    pub(super) reason: WaitReason,
    /// Other credentials may do better: the rest of the wait, after `not_before`, ends when they come.
    pub(super) ends_with_credentials: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Stopped {
    /// As in [`Waiting`].
    pub(super) not_before: Instant,
}

/// What is known of the token at hand; its text is stored apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) generation: Generation,
    /// When its exchange began.
    pub(super) begun_at: Instant,
    pub(super) expires_at: Instant,
    /// When it was last used, as far as reported; from the beginning of its exchange on.
    pub(super) used_at: Instant,
}

impl Held {
    /// It must not be used from here on.
    pub(super) fn end(&self, policy: &Policy) -> Instant {
        match policy.idle_timeout {
            Some(idle) => self.expires_at.min(self.used_at + idle),
            None => self.expires_at,
        }
    }
}
