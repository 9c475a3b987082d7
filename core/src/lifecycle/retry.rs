//! When to ask again: pure functions of a policy, a count and a random value.
//!
//! Start with [`wait`], which chooses among the others.

use super::failure::Failure;
use super::kind::Kind;
use super::policy::Policy;
use crate::time::Duration;

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

    /// Counts a failure.
    fn count(&mut self, kind: Kind) -> Row {
        let one_more = |streak: &mut u8| {
            *streak = streak.saturating_add(1);
            *streak
        };
        match kind {
            Kind::Unreached | Kind::NoCredentials => {
                Row { shape: Shape::Short, nth: one_more(&mut self.unreached) }
            }
            Kind::RateLimited => {
                let (nth, limited) = (one_more(&mut self.unreached), one_more(&mut self.limited));
                match Row::short_up_to(LIMITED_OFTEN, limited, Shape::Limited) {
                    Row { shape: Shape::Short, .. } => Row { shape: Shape::Short, nth },
                    row => row,
                }
            }
            Kind::Unreadable | Kind::Unexpected => {
                Row::short_up_to(PATIENCE, one_more(&mut self.unreadable), Shape::Long)
            }
            // Counted where they are refused. The first is no failure: it is answered by an exchange without delay.
            Kind::TokensRefused => {
                Row::short_up_to(PATIENCE, self.tokens_refused.saturating_sub(1), Shape::Long)
            }
            Kind::Refused => Row { shape: Shape::Long, nth: one_more(&mut self.refused) },
        }
    }
}

/// How long the service said to wait, within the cap; `None` if it said nothing.
pub(super) fn told<D>(policy: &Policy, failure: &Failure<D>) -> Option<Duration> {
    match failure {
        Failure::Refused(refusal) => refusal.retry_after().map(|told| told.min(policy.retry_after_max)),
        _ => None,
    }
}

/// Counts a failure and returns how long to wait from its moment on.
pub(super) fn wait(
    policy: &Policy,
    streaks: &mut Streaks,
    kind: Kind,
    told: Option<Duration>,
    random: u32,
) -> Duration {
    let own = streaks.count(kind).wait(policy, random);
    let Some(told) = told else { return own };
    // "In zero seconds" is no invitation to ask at once: nobody who has just said no means that.
    let least = told.max(policy.backoff_min);
    let told = spread(least, tenth(least).max(RETURN), random);
    if kind.is_known_to_the_service() { told } else { told.max(own) }
}

/// The waits of a row of failures: random, within bounds that grow with the row.
#[derive(Clone, Copy)]
struct Row {
    shape: Shape,
    nth: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Exponential backoff with full jitter: evenly between `backoff_min` and a ceiling of `backoff_min` · 2ⁿ, at most
    /// `backoff_max`. Never zero unless the policy is.
    Short,
    /// A limit that lasts does so because many ask: the ceiling doubles on from `backoff_max`, up to [`LASTING`] times that.
    Limited,
    /// `refused_min` · 2ⁿ⁻¹, at most `refused_max`, and up to a tenth more.
    Long,
}

impl Row {
    /// Short waits up to a number of failures, others from then on.
    const fn short_up_to(patience: u8, nth: u8, then: Shape) -> Self {
        match nth.checked_sub(patience) {
            None | Some(0) => Self { shape: Shape::Short, nth },
            Some(nth) => Self { shape: then, nth },
        }
    }

    #[inline(never)] // Or each way that leads here has a copy of its own.
    fn wait(self, policy: &Policy, random: u32) -> Duration {
        let longest = policy.backoff_max.max(policy.backoff_min);
        let (first, longest) = match self.shape {
            Shape::Short => (policy.backoff_min, longest),
            Shape::Limited => (longest, longest.saturating_mul(LASTING)),
            Shape::Long => {
                let longest = policy.refused_max.max(policy.refused_min);
                let grown = doubled(policy.refused_min, self.nth.saturating_sub(1), longest);
                return spread(grown, tenth(grown), random);
            }
        };
        let grown = doubled(first, self.nth, longest);
        spread(policy.backoff_min, less(grown, policy.backoff_min), random)
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
    let margin = policy.refresh_margin.min(quarter(lifetime));
    let jitter = policy.refresh_jitter.min(tenth(lifetime));
    less(less(lifetime, margin), part(jitter, random)).max(policy.exchange_spacing)
}

/// `least`, and the part of `width` that `random` says more.
fn spread(least: Duration, width: Duration, random: u32) -> Duration {
    least + part(width, random)
}

/// `span` · 2ⁿ, at most `longest`. Doubled 64 times, any span is the longest there is.
#[inline(never)] // Two callers.
fn doubled(mut span: Duration, times: u8, longest: Duration) -> Duration {
    for _ in 0..times.min(64) {
        span = span + span;
    }
    span.min(longest)
}

/// `span` less a `part` of it, which is not longer: saturation takes three times the code.
fn less(span: Duration, part: Duration) -> Duration {
    Duration::from_millis(span.as_millis().wrapping_sub(part.as_millis()))
}

fn quarter(span: Duration) -> Duration {
    Duration::from_millis(span.as_millis() / 4)
}

/// To the millisecond up to ten days, and beyond that at most a ten thousand millionth of `span` too long: devices have no 64-bit
/// division, and the function that stands in for it takes 900 bytes.
pub(super) fn tenth(span: Duration) -> Duration {
    // 2³² / 10, rounded up.
    part(span, 0x1999_999a)
}

/// The part of `span` that `random` is of 2³²: evenly spread, always less than `span` unless that is zero.
///
/// In two halves, because devices have no 128-bit multiplication. Neither product nor the sum can overflow:
/// (2³² − 1)² + 2³² − 2 < 2⁶⁴.
#[inline(never)] // Several callers.
pub(super) fn part(span: Duration, random: u32) -> Duration {
    let (millis, random) = (span.as_millis(), u64::from(random));
    let (high, low) = (millis >> 32, millis & 0xffff_ffff);
    Duration::from_millis(high.wrapping_mul(random).wrapping_add(low.wrapping_mul(random) >> 32))
}
