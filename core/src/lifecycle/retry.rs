//! When to ask again: pure functions of a policy, a count and a random value.
//!
//! Start with [`after_failure`], which chooses among the others.

use super::failure::Failure;
use super::policy::Policy;
use super::step::WaitReason;
use crate::time::Duration;
use crate::wire::RefusalClass;

/// The longest validity the service grants: 450 days.
const LIFETIME_MAX: Duration = Duration::from_secs(38_880_000);

/// After `Retry-After`, a fleet comes back within this, or within a tenth of that time if that is longer.
///
/// A limit by the minute names the same moment to everybody whom it refuses, and to those it refuses last a few seconds ahead:
/// a tenth of these is no spread.
const RETURN: Duration = Duration::from_secs(5);

/// After so many responses of no use in a row they are taken for lasting, and waits grow to those of a refusal.
const PATIENCE: u8 = 5;

/// After so many rate limits in a row waits grow beyond `backoff_max`.
const LIMITED_OFTEN: u8 = 8;

/// How many times `backoff_max` they become.
const LASTING: u64 = 5;

/// Failures in a row, counted by kind, because another kind in between proves nothing. All saturate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Streaks {
    /// Transport, unavailability, rate limits. A token ends it.
    pub(super) unreached: u8,
    /// Rate limits among these. A token ends it.
    pub(super) limited: u8,
    /// Responses that mean nothing. A token ends it.
    pub(super) unreadable: u8,
    /// Refused credentials. A token or other credentials end it.
    pub(super) refused: u8,
    /// Tokens that the API refused. A successful use or other credentials end it.
    pub(super) tokens_refused: u8,
}

impl Streaks {
    pub(super) const NONE: Self =
        Self { unreached: 0, limited: 0, unreadable: 0, refused: 0, tokens_refused: 0 };

    /// A token came: the endpoint is reached, understood and content.
    pub(super) fn token_came(&mut self) {
        *self = Self { tokens_refused: self.tokens_refused, ..Self::NONE };
    }

    /// Credentials changed: what was held against the old ones is void.
    pub(super) fn credentials_changed(&mut self) {
        self.refused = 0;
        self.tokens_refused = 0;
    }
}

/// What follows from a failure. Spans count from the moment of the failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// How long to wait; `None`: until credentials change.
    pub(super) wait: Option<Duration>,
    /// How long the service said to wait, within the cap; zero if it said nothing.
    pub(super) not_before: Duration,
    pub(super) reason: WaitReason,
    /// The credentials may be the cause.
    pub(super) ends_with_credentials: bool,
}

/// What is wrong, as far as it matters for asking again.
#[derive(Clone, Copy)]
enum Kind {
    /// Not reached or not at work: may be over any moment.
    Unreached,
    /// Told to slow down.
    RateLimited,
    /// An answer of no use. The peer is not what it should be: a captive portal for a while, or a wrong host for ever.
    Unreadable,
    /// Lasts until people do something.
    Refused,
    /// The endpoint gives tokens that the API does not take.
    TokensRefused,
    /// Lasts until credentials change.
    UsedUp,
}

impl Kind {
    fn of(failure: &Failure) -> Self {
        match failure {
            Failure::Transport | Failure::NoCredentials | Failure::ExpiredOnArrival => Self::Unreached,
            Failure::Protocol(_) => Self::Unreadable,
            // The next token will be no shorter, and each try leaves a live token at the service.
            Failure::Capacity(_) => Self::Refused,
            Failure::FreshTokenRefused => Self::TokensRefused,
            Failure::Refused(refusal) => match refusal.class() {
                RefusalClass::Unavailable => Self::Unreached,
                RefusalClass::RateLimited => Self::RateLimited,
                RefusalClass::Unexpected => Self::Unreadable,
                RefusalClass::Credentials
                | RefusalClass::ClientNotAllowed
                | RefusalClass::Scope
                | RefusalClass::Request
                | RefusalClass::AccessToken => Self::Refused,
                RefusalClass::Grant => Self::UsedUp,
            },
        }
    }
}

/// Counts `failure` and decides what follows.
pub(super) fn after_failure(
    policy: &Policy,
    streaks: &mut Streaks,
    failure: &Failure,
    random: u32,
) -> Verdict {
    let (kind, advice) = match failure {
        Failure::Refused(refusal) => (Kind::of(failure), refusal.retry_after()),
        _ => (Kind::of(failure), None),
    };
    let not_before = advice.map_or(Duration::ZERO, |told| told.min(policy.retry_after_max));
    // "In zero seconds" is no invitation to ask at once: nobody who has just said no means that.
    let advised = advice.map(|_| spread_after(not_before.max(policy.backoff_min), random));
    let at_least = |own: Duration| advised.map_or(own, |told| told.max(own));
    let (wait, reason) = match kind {
        Kind::Unreached => {
            let nth = count(&mut streaks.unreached);
            (advised.unwrap_or_else(|| backoff(policy, nth, random)), WaitReason::Backoff)
        }
        Kind::RateLimited => {
            let (nth, limited) = (count(&mut streaks.unreached), count(&mut streaks.limited));
            let wait = advised.unwrap_or_else(|| lasting(policy, nth, limited, random));
            (wait, WaitReason::RateLimited)
        }
        Kind::Unreadable => {
            let nth = count(&mut streaks.unreadable);
            (at_least(patient(policy, nth, random)), WaitReason::Backoff)
        }
        Kind::Refused => {
            let nth = count(&mut streaks.refused);
            (at_least(refused(policy, nth, random)), WaitReason::Refused)
        }
        Kind::TokensRefused => {
            // Counted where they are refused. The first is no failure: it is answered by an exchange without delay.
            let nth = streaks.tokens_refused.saturating_sub(1);
            (patient(policy, nth, random), WaitReason::Backoff)
        }
        Kind::UsedUp => {
            return Verdict {
                wait: None,
                not_before,
                reason: WaitReason::Refused,
                ends_with_credentials: true,
            };
        }
    };
    Verdict {
        wait: Some(wait),
        not_before,
        reason,
        ends_with_credentials: may_be_the_credentials(failure, kind),
    }
}

/// Whether other credentials may do better.
fn may_be_the_credentials(failure: &Failure, kind: Kind) -> bool {
    match kind {
        Kind::Refused | Kind::TokensRefused | Kind::UsedUp => true,
        // An unknown error code may speak of the client; bytes that are no answer speak of nothing.
        Kind::Unreadable => matches!(failure, Failure::Refused(_)),
        Kind::Unreached => matches!(failure, Failure::NoCredentials),
        Kind::RateLimited => false,
    }
}

fn count(streak: &mut u8) -> u8 {
    *streak = streak.saturating_add(1);
    *streak
}

/// Exponential backoff with full jitter: evenly between `backoff_min` and a ceiling of `backoff_min` · 2ⁿ, at most
/// `backoff_max`. Never zero unless the policy is.
fn backoff(policy: &Policy, nth: u8, random: u32) -> Duration {
    up_to(doubled(policy.backoff_min, nth).min(policy.backoff_max), policy, random)
}

/// Like [`backoff`] at first. When a limit lasts, it is because many ask: the ceiling doubles on, up to [`LASTING`] times
/// `backoff_max`.
fn lasting(policy: &Policy, nth: u8, limited: u8, random: u32) -> Duration {
    match limited.checked_sub(LIMITED_OFTEN) {
        None | Some(0) => backoff(policy, nth, random),
        Some(more) => {
            let longest = policy.backoff_max.max(policy.backoff_min);
            up_to(doubled(longest, more).min(longest.saturating_mul(LASTING)), policy, random)
        }
    }
}

/// Evenly between `backoff_min` and `ceiling`.
fn up_to(ceiling: Duration, policy: &Policy, random: u32) -> Duration {
    let floor = policy.backoff_min;
    floor + part(ceiling.saturating_sub(floor), random)
}

/// `refused_min` · 2ⁿ⁻¹, at most `refused_max`, and up to a tenth more.
fn refused(policy: &Policy, nth: u8, random: u32) -> Duration {
    let longest = policy.refused_max.max(policy.refused_min);
    tenth_more(doubled(policy.refused_min, nth.saturating_sub(1)).min(longest), random)
}

/// Like [`backoff`] at first; like [`refused`] when it goes on.
fn patient(policy: &Policy, nth: u8, random: u32) -> Duration {
    match nth.checked_sub(PATIENCE) {
        None | Some(0) => backoff(policy, nth, random),
        Some(more) => refused(policy, more, random),
    }
}

/// The lifetime to reckon with, for one that was granted; zero stands for none.
pub(super) fn lifetime(policy: &Policy, granted: Duration) -> Duration {
    let known = if granted == Duration::ZERO { policy.assumed_lifetime } else { granted };
    known.min(LIFETIME_MAX)
}

/// How long after the beginning of its exchange a token of this lifetime is to be refreshed: by the margin and by the jitter before
/// its end.
pub(super) fn refresh_after(policy: &Policy, lifetime: Duration, random: u32) -> Duration {
    let margin = policy.refresh_margin.min(quotient(lifetime, 4));
    let jitter = policy.refresh_jitter.min(quotient(lifetime, 10));
    let latest = lifetime.saturating_sub(margin);
    latest.saturating_sub(part(jitter, random)).max(policy.exchange_spacing)
}

/// `told` and up to a tenth more, or up to [`RETURN`] if that is longer: never earlier, and not everybody at once.
fn spread_after(told: Duration, random: u32) -> Duration {
    told + part(quotient(told, 10).max(RETURN), random)
}

/// `span` and up to a tenth more.
fn tenth_more(span: Duration, random: u32) -> Duration {
    span + part(quotient(span, 10), random)
}

/// `span` · 2ⁿ; saturates.
fn doubled(span: Duration, times: u8) -> Duration {
    span.saturating_mul(1_u64.checked_shl(u32::from(times)).unwrap_or(u64::MAX))
}

fn quotient(span: Duration, divisor: u64) -> Duration {
    Duration::from_millis(span.as_millis().checked_div(divisor).unwrap_or(0))
}

/// The part of `span` that `random` is of 2³²: evenly spread, always less than `span` unless that is zero.
///
/// In two halves, because devices have no 128-bit multiplication. Neither product nor the sum can overflow:
/// (2³² − 1)² + 2³² − 2 < 2⁶⁴.
pub(super) fn part(span: Duration, random: u32) -> Duration {
    let (millis, random) = (span.as_millis(), u64::from(random));
    let (high, low) = (millis >> 32, millis & 0xffff_ffff);
    Duration::from_millis(high.wrapping_mul(random).wrapping_add(low.wrapping_mul(random) >> 32))
}
