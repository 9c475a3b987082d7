//! Retry times: pure functions of a policy, a count and a random value.
//!
//! Start with [`wait`], which chooses among the others.

use super::failure::Failure;
use super::kind::Kind;
use super::policy::Policy;
use crate::time::Duration;

/// The longest validity the service grants: 450 days.
const LIFETIME_MAX: Duration = Duration::from_secs(38_880_000);

/// The least interval after `Retry-After` over which the clients of a fleet retry; a tenth of `Retry-After` if that is longer.
///
/// A limit per minute names the same moment to every client, and to the last ones a wait of a few seconds: a tenth of that would
/// not spread them.
const MIN_SPREAD: Duration = Duration::from_secs(5);

/// The number of useless responses in a row that are retried soon; after that, waits grow as after a refusal.
const SHORT_RETRIES: u8 = 5;

/// The number of rate limits in a row after which waits grow beyond `backoff_max`.
const SHORT_LIMITED_RETRIES: u8 = 8;

/// The factor by which they may exceed `backoff_max`.
const LIMITED_FACTOR: u64 = 5;

/// Failures in a row, counted by kind: a failure of another kind does not reset a counter. All counters saturate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Streaks {
    /// Transport failures, unavailability, rate limits. Reset by a token.
    pub(super) unavailable: u8,
    /// Rate limits among these. Reset by a token.
    pub(super) limited: u8,
    /// Invalid or unexpected responses. Reset by a token.
    pub(super) invalid: u8,
    /// Refused credentials. Reset by a token or other credentials.
    pub(super) refused: u8,
    /// Tokens that the API refused. Reset by a successful use or other credentials.
    pub(super) tokens_refused: u8,
}

impl Streaks {
    pub(super) const NONE: Self =
        Self { unavailable: 0, limited: 0, invalid: 0, refused: 0, tokens_refused: 0 };

    /// Notes that a token was obtained: the endpoint is available and accepts the client.
    pub(super) fn token_obtained(&mut self) {
        *self = Self { tokens_refused: self.tokens_refused, ..Self::NONE };
    }

    /// Notes that credentials changed: refusals of the old ones no longer count.
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
            Kind::Unavailable | Kind::NoCredentials => {
                Row { shape: Shape::Short, nth: one_more(&mut self.unavailable) }
            }
            Kind::RateLimited => {
                let (nth, limited) = (one_more(&mut self.unavailable), one_more(&mut self.limited));
                match Row::short_up_to(SHORT_LIMITED_RETRIES, limited, Shape::Limited) {
                    Row { shape: Shape::Short, .. } => Row { shape: Shape::Short, nth },
                    row => row,
                }
            }
            Kind::InvalidResponse | Kind::Unexpected => {
                Row::short_up_to(SHORT_RETRIES, one_more(&mut self.invalid), Shape::Long)
            }
            // Counted where the token is refused. The first one is not a failure: it causes an exchange without delay.
            Kind::TokensRefused => {
                Row::short_up_to(SHORT_RETRIES, self.tokens_refused.saturating_sub(1), Shape::Long)
            }
            Kind::Refused => Row { shape: Shape::Long, nth: one_more(&mut self.refused) },
        }
    }
}

/// Returns the wait that the service requested (`Retry-After`), within the limit.
pub(super) fn requested<D>(policy: &Policy, failure: &Failure<D>) -> Option<Duration> {
    match failure {
        Failure::Refused(refusal) => {
            refusal.retry_after().map(|requested| requested.min(policy.retry_after_max))
        }
        _ => None,
    }
}

/// Counts a failure and returns the wait that begins with it.
pub(super) fn wait(
    policy: &Policy,
    streaks: &mut Streaks,
    kind: Kind,
    requested: Option<Duration>,
    random: u32,
) -> Duration {
    let own = streaks.count(kind).wait(policy, random);
    let Some(requested) = requested else { return own };
    // `Retry-After: 0` from a server that has just refused a request does not mean "at once".
    let least = requested.max(policy.backoff_min);
    let spread = spread(least, tenth(least).max(MIN_SPREAD), random);
    if kind.honours_retry_after() { spread } else { spread.max(own) }
}

/// The waits after consecutive failures: random, within bounds that grow with their number.
#[derive(Clone, Copy)]
struct Row {
    shape: Shape,
    nth: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Exponential backoff with full jitter: uniform between `backoff_min` and a ceiling of `backoff_min` · 2ⁿ, at most
    /// `backoff_max`. Never zero unless the policy's values are.
    Short,
    /// A rate limit lasts if many clients share it: the ceiling keeps doubling beyond `backoff_max`, up to [`LIMITED_FACTOR`]
    /// times that.
    Limited,
    /// `refused_min` · 2ⁿ⁻¹, at most `refused_max`, and up to a tenth more.
    Long,
}

impl Row {
    /// Short waits up to a number of failures, then others.
    const fn short_up_to(short_retries: u8, nth: u8, then: Shape) -> Self {
        match nth.checked_sub(short_retries) {
            None | Some(0) => Self { shape: Shape::Short, nth },
            Some(nth) => Self { shape: then, nth },
        }
    }

    #[inline(never)] // Otherwise every caller gets its own copy of this code.
    fn wait(self, policy: &Policy, random: u32) -> Duration {
        let longest = policy.backoff_max.max(policy.backoff_min);
        let (first, longest) = match self.shape {
            Shape::Short => (policy.backoff_min, longest),
            Shape::Limited => (longest, longest.saturating_mul(LIMITED_FACTOR)),
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

/// Returns the lifetime to use for a granted one; zero means none.
pub(super) fn lifetime(policy: &Policy, granted: Duration) -> Duration {
    let known = if granted == Duration::ZERO { policy.assumed_lifetime } else { granted };
    known.min(LIFETIME_MAX)
}

/// Returns the time from the beginning of its exchange to the refresh of a token with this lifetime: the lifetime less margin and
/// jitter.
pub(super) fn refresh_after(policy: &Policy, lifetime: Duration, random: u32) -> Duration {
    let margin = policy.refresh_margin.min(quarter(lifetime));
    let jitter = policy.refresh_jitter.min(tenth(lifetime));
    less(less(lifetime, margin), part(jitter, random)).max(policy.exchange_spacing)
}

/// Returns `least` plus `width` scaled by `random` / 2³².
fn spread(least: Duration, width: Duration, random: u32) -> Duration {
    least + part(width, random)
}

/// Returns `span` · 2ⁿ, at most `longest`. Doubled 64 times, any span is the longest one.
#[inline(never)] // Two callers.
fn doubled(mut span: Duration, times: u8, longest: Duration) -> Duration {
    for _ in 0..times.min(64) {
        span = span + span;
    }
    span.min(longest)
}

/// Returns `span` less a `part` of it, which is not longer: a saturating subtraction takes three times the code.
fn less(span: Duration, part: Duration) -> Duration {
    Duration::from_millis(span.as_millis().wrapping_sub(part.as_millis()))
}

fn quarter(span: Duration) -> Duration {
    Duration::from_millis(span.as_millis() / 4)
}

/// Returns a tenth of `span`: exact to the millisecond up to ten days, and beyond that at most a ten thousand millionth of `span`
/// too long. Devices have no 64-bit division, and the library function for it takes 900 bytes.
pub(super) fn tenth(span: Duration) -> Duration {
    // 2³² / 10, rounded up.
    part(span, 0x1999_999a)
}

/// Scales `span` by `random` / 2³²: uniformly distributed, always less than `span` unless that is zero.
///
/// In two halves, because devices have no 128-bit multiplication. Neither the product nor the sum can overflow: (2³² − 1)² + 2³²
/// − 2 < 2⁶⁴.
#[inline(never)] // Several callers.
pub(super) fn part(span: Duration, random: u32) -> Duration {
    let (millis, random) = (span.as_millis(), u64::from(random));
    let (high, low) = (millis >> 32, millis & 0xffff_ffff);
    Duration::from_millis(high.wrapping_mul(random).wrapping_add(low.wrapping_mul(random) >> 32))
}
