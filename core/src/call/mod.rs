//! The authorised call: whether a request to the Platform API is sent again, when, and with which token.
//!
//! [`Call`] decides for one request of a caller, however often it is sent. The adapter sends, reports the result, and
//! does what the answer says; it takes no decision of its own.
//!
//! | Result | Decision |
//! |---|---|
//! | status 2xx | [`Next::Deliver`] |
//! | 401 because of the token | the token's generation is refused; then once [`Next::SendWithNewToken`], if another token can be had and the body can be sent again, else [`Next::Refused`] |
//! | 401 for another cause (`ip.not.authorized`) | [`Next::Refused`]: another token would not help |
//! | 429 | [`Next::Wait`] for `Retry-After`, if all waits together stay within [`Limits::rate_limit_wait`] and end before [`Limits::deadline`], and the body can be sent again; else [`Next::Refused`] |
//! | any other status | [`Next::Refused`] |
//! | the connection was an old one and nothing was sent | send again at once over a fresh connection |
//! | the connection was an old one and ended before any response | the same, if the request is idempotent and its body can be sent again |
//! | any other loss of the connection | [`GiveUp`] |
//!
//! 401 and 429 mean that the request was not acted upon (RFC 9110 section 15.5.2, RFC 6585 section 4), so every method is sent
//! again. After a lost connection that is unknown: only idempotent requests are sent again (RFC 9110 section 9.2.2), and only if
//! the likely cause is that the peer had closed an idle connection (RFC 9112 section 9.3.1). A 5xx is returned to the caller,
//! because the application decides how long to retry.
//!
//! A request is sent [`SENDS_MAX`] times at most, and never after the deadline.
//!
//! ```
//! use genesys_token_core::call::{Call, Limits, Next, Replay};
//! use genesys_token_core::time::{Duration, Instant};
//! use genesys_token_core::wire::ResponseHead;
//!
//! let mut call = Call::new(Replay::of_method("POST"), Limits::DEFAULT);
//! let now = Instant::from_secs(100);
//! let mut head = ResponseHead::new(429);
//! head.header(b"Retry-After", b"42");
//! // The last argument reports a refused token to the `TokenManager` and returns its answer; a 429 is no refused token.
//! let next = call.answered(&head, b"", now, 0, || unreachable!());
//! assert_eq!(next, Next::Wait { until: now + Duration::from_secs(42) });
//! ```

mod connection;
mod next;
mod refused;
mod replay;

use crate::time::{Duration, Instant};
use crate::wire::{Refusal, RefusalClass, ResponseHead, api_refusal};

pub use connection::{AfterResponse, KEEP_ALIVE, is_reusable};
pub use next::{Again, GiveUp, Loss, Next};
pub use refused::RefusedCall;
pub use replay::Replay;

/// The greatest number of times that one request is sent. Our choice: two for the token, one for a connection, the rest for rate
/// limits.
pub const SENDS_MAX: u8 = 16;

/// The wait after a 429 without `Retry-After`: that of the service's own SDKs.
const RATE_LIMIT_FALLBACK: Duration = Duration::from_secs(3);
/// The least wait after a 429: `Retry-After: 0` from a server that has just refused a request does not mean "at once".
const RATE_LIMIT_LEAST: Duration = Duration::from_secs(1);

/// The limits of a call. Take [`Limits::DEFAULT`] and change single fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest total time of waits for the rate limit. Default 180 s, as in the service's own SDKs: some of its limits are
    /// daily, and name hours. Zero returns each 429 to the caller.
    pub rate_limit_wait: Duration,
    /// The time from which nothing is sent again; no wait reaches it. Default [`Instant::FAR_FUTURE`]: none.
    pub deadline: Instant,
}

impl Limits {
    /// The defaults.
    pub const DEFAULT: Self =
        Self { rate_limit_wait: Duration::from_secs(180), deadline: Instant::FAR_FUTURE };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// One request of a caller, with the number of times it was sent.
#[derive(Clone, Debug)]
pub struct Call {
    replay: Replay,
    /// The remaining limits.
    limits: Limits,
    sent: u8,
    token_replaced: bool,
}

impl Call {
    /// Creates the call of a request that is about to be sent for the first time.
    #[must_use]
    pub const fn new(replay: Replay, limits: Limits) -> Self {
        Self { replay, limits, sent: 1, token_replaced: false }
    }

    /// Returns how often the request was sent, with the attempt that is being made.
    #[must_use]
    pub const fn sends(&self) -> u8 {
        self.sent
    }

    /// Decides after a response. `body` is the part that was received; if it is empty, every 401 counts as caused by the token.
    ///
    /// `refuse_token` is called at most once, if the token of this request was refused: it calls
    /// [`TokenManager::token_refused`](crate::lifecycle::TokenManager::token_refused) and returns its result. It is called for
    /// every such 401, whether the request is sent again or not. `random` is a uniformly distributed value; up to an eighth is
    /// added to a wait, so that clients with the same `Retry-After` do not all retry at the same moment.
    #[allow(clippy::inline_always, reason = "a shell that is part of its caller, as `api_refusal`")]
    #[inline(always)]
    pub fn answered<F: FnOnce() -> bool>(
        &mut self,
        head: &ResponseHead,
        body: &[u8],
        now: Instant,
        random: u32,
        refuse_token: F,
    ) -> Next {
        if Self::is_success(head) {
            return Next::Deliver;
        }
        let refusal = api_refusal(head, body);
        match self.refused(&refusal, now, random, refuse_token) {
            None => Next::Refused(refusal),
            Some(Again::WithNewToken) => Next::SendWithNewToken,
            Some(Again::At(until)) => Next::Wait { until },
        }
    }

    /// Returns whether a response is a success, whatever its body.
    #[must_use]
    pub const fn is_success(head: &ResponseHead) -> bool {
        matches!(head.status(), 200..=299)
    }

    /// Decides after a response that is no success, as [`answered`](Self::answered) does, for an adapter that leaves the bodies of
    /// successes to its caller. `None`: the refusal is returned to the caller.
    #[allow(clippy::inline_always, reason = "a part of `answered`")]
    #[inline(always)]
    pub fn refused<F: FnOnce() -> bool>(
        &mut self,
        refusal: &Refusal,
        now: Instant,
        random: u32,
        refuse_token: F,
    ) -> Option<Again> {
        match refusal.class() {
            RefusalClass::AccessToken if self.after_refused_token(refuse_token(), now) => {
                Some(Again::WithNewToken)
            }
            RefusalClass::RateLimited => {
                self.after_rate_limit(refusal.retry_after(), now, random).map(Again::At)
            }
            _ => None,
        }
    }

    /// Decides after a connection that was lost before there was a response. `Ok`: send again at once over a new connection.
    ///
    /// # Errors
    /// [`GiveUp`]: report the error to the caller.
    pub fn lost(&mut self, loss: Loss, now: Instant) -> Result<(), GiveUp> {
        let (again, give_up) = match loss {
            Loss::Unsent { reused } => (reused, GiveUp::Unsent),
            Loss::Unanswered { reused } => (
                reused && self.replay.is_idempotent() && self.replay.body_is_replayable(),
                GiveUp::Unanswered,
            ),
        };
        if again && self.send_again(now) { Ok(()) } else { Err(give_up) }
    }

    /// Returns whether a response shows that the API accepted the token; if so, call
    /// [`TokenManager::token_used`](crate::lifecycle::TokenManager::token_used). A 5xx may come from a proxy or load balancer in
    /// front of the API.
    #[must_use]
    pub const fn counts_as_use(head: &ResponseHead) -> bool {
        matches!(head.status(), 200..=400 | 402..=499)
    }

    /// Decides whether to send again with another token.
    fn after_refused_token(&mut self, another: bool, now: Instant) -> bool {
        let again =
            another && !self.token_replaced && self.replay.body_is_replayable() && self.send_again(now);
        self.token_replaced |= again;
        again
    }

    /// Returns the end of the wait before sending again; `None` if it is not sent again.
    fn after_rate_limit(
        &mut self,
        retry_after: Option<Duration>,
        now: Instant,
        random: u32,
    ) -> Option<Instant> {
        let requested = retry_after.unwrap_or(RATE_LIMIT_FALLBACK).max(RATE_LIMIT_LEAST);
        let left = self.limits.rate_limit_wait;
        let wait = (requested + eighth_at_most(requested, random)).min(left);
        let until = now + wait;
        if requested > left || !self.replay.body_is_replayable() || !self.send_again(until) {
            return None;
        }
        self.limits.rate_limit_wait = left.saturating_sub(wait);
        Some(until)
    }

    /// Counts one more attempt, if one is allowed at this time.
    fn send_again(&mut self, at: Instant) -> bool {
        let may = self.sent < SENDS_MAX && at < self.limits.deadline;
        if may {
            self.sent = self.sent.saturating_add(1);
        }
        may
    }
}

/// Scales an eighth of `span` by `random` / 2³². Spans beyond a year count as one.
fn eighth_at_most(span: Duration, random: u32) -> Duration {
    let eighth = u32::try_from(span.as_millis() >> 3).unwrap_or(u32::MAX);
    Duration::from_millis((u64::from(eighth) * u64::from(random)) >> 32)
}
