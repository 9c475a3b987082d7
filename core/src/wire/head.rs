//! Which parts of a response head matter.

use core::fmt;

use super::date;
use super::string::Characters;
use crate::text::Text;
use crate::time::Duration;

/// Bytes kept of a correlation id; longer ones are dropped. The service's are GUIDs of 36.
pub const CORRELATION_ID_CAPACITY: usize = 64;

/// The parts of a response head that decide anything. Hand over all headers: it picks.
///
/// | Header | Read as |
/// |---|---|
/// | `Retry-After` | whole seconds, or an HTTP-date in any of three formats (RFC 9110 section 10.2.3) |
/// | `Date` | an HTTP-date: the reference for the other one, because there is no clock here |
/// | `ININ-Correlation-Id` | visible ASCII, at most [`CORRELATION_ID_CAPACITY`] bytes |
/// | `inin-ratelimit-count`, `-allowed`, `-reset` | whole numbers; those above 2³² - 1 are taken for that, here and above |
/// | `Content-Type` | JSON or not |
///
/// Names are compared case-insensitively, white space around values does not count. The first legal value of a header is
/// kept; unknown, repeated and malformed ones are ignored.
#[derive(Clone)]
pub struct ResponseHead {
    status: u16,
    json: Option<bool>,
    retry_after: Option<RetryAfter>,
    date: Option<u64>,
    /// Count, allowed, reset.
    rate_limit: [Option<u32>; 3],
    correlation_id: Text<CORRELATION_ID_CAPACITY>,
}

/// The names of the headers that matter; [`ResponseHead::header`] knows them by their places.
const HEADERS: [&str; 7] = [
    "retry-after",
    "date",
    "inin-correlation-id",
    "content-type",
    "inin-ratelimit-count",
    "inin-ratelimit-allowed",
    "inin-ratelimit-reset",
];

#[derive(Clone, Copy)]
enum RetryAfter {
    /// Seconds.
    Delay(u32),
    /// Seconds since 1970.
    Date(u64),
}

impl ResponseHead {
    /// A head with this status code and no headers yet.
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            json: None,
            retry_after: None,
            date: None,
            rate_limit: [None; 3],
            correlation_id: Text::EMPTY,
        }
    }

    /// Takes one header into account. Unknown, repeated and malformed ones are ignored.
    pub fn header(&mut self, name: &[u8], value: &[u8]) {
        let value = value.trim_ascii();
        match HEADERS.iter().position(|header| header.as_bytes().eq_ignore_ascii_case(name)) {
            Some(0) => self.retry_after = self.retry_after.or_else(|| retry_after(value)),
            Some(1) => self.date = self.date.or_else(|| date::seconds_since_1970(value)),
            Some(2) if self.correlation_id.is_empty() => {
                super::refusal::set_whole(&mut self.correlation_id, Characters::plain(value));
            }
            Some(3) => self.json = self.json.or_else(|| is_json(value)),
            Some(index @ 4..) => {
                if let Some(limit @ None) = self.rate_limit.get_mut(index - 4) {
                    *limit = number(value);
                }
            }
            _ => {}
        }
    }

    /// The status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// `Retry-After`: seconds, or the span from `Date` to the HTTP-date given (zero if that is past). RFC 9110 section
    /// 10.2.3. A date without `Date` beside it is no help: `None`.
    #[must_use]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub const fn retry_after(&self) -> Option<Duration> {
        let seconds = match (self.retry_after, self.date) {
            (Some(RetryAfter::Delay(seconds)), _) => seconds as u64,
            (Some(RetryAfter::Date(then)), Some(now)) if then > now => then - now,
            (Some(RetryAfter::Date(_)), Some(_)) => 0,
            _ => return None,
        };
        // Dates end with the year 9999.
        Some(Duration::from_millis(seconds * 1000))
    }

    /// `ININ-Correlation-Id`, or empty.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.correlation_id.as_str()
    }

    pub(super) const fn correlation_id_text(&self) -> Text<CORRELATION_ID_CAPACITY> {
        self.correlation_id
    }

    /// The `inin-ratelimit-*` headers, if all three are there.
    #[must_use]
    pub const fn rate_limit(&self) -> Option<RateLimit> {
        match self.rate_limit {
            [Some(count), Some(allowed), Some(reset)] => {
                Some(RateLimit { count, allowed, reset: Duration::from_secs(reset as u64) })
            }
            _ => None,
        }
    }

    /// Whether `Content-Type` says that the body is JSON: `application/json` or a type that ends in `+json` (RFC 6839
    /// section 3.1). `None` without that header. Nothing here depends on it: bodies are judged by their bytes.
    #[must_use]
    pub const fn is_json(&self) -> Option<bool> {
        self.json
    }
}

// Not derived: what is derived for so many fields holds a panic that the linker does not see to be unreachable.
impl fmt::Debug for ResponseHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseHead")
            .field("status", &self.status)
            .field("is_json", &self.json)
            .field("retry_after", &self.retry_after())
            .field("rate_limit", &self.rate_limit())
            .field("correlation_id", &self.correlation_id)
            .finish_non_exhaustive()
    }
}

/// What the Platform API tells of its rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests counted in this window.
    pub count: u32,
    /// Requests allowed in a window.
    pub allowed: u32,
    /// Time until the window ends.
    pub reset: Duration,
}

fn retry_after(value: &[u8]) -> Option<RetryAfter> {
    let delay = number(value).map(RetryAfter::Delay);
    delay.or_else(|| date::seconds_since_1970(value).map(RetryAfter::Date))
}

fn is_json(value: &[u8]) -> Option<bool> {
    let media_type = value.split(|&byte| byte == b';').next()?.trim_ascii();
    let suffix = media_type.iter().rposition(|&byte| byte == b'+').and_then(|at| media_type.get(at..));
    Some(
        media_type.eq_ignore_ascii_case(b"application/json")
            || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case(b"+json")),
    )
}

/// Digits only; a number that is greater than a `u32` holds is taken for the greatest.
fn number(value: &[u8]) -> Option<u32> {
    let append = |number: u32, digit| number.saturating_mul(10).saturating_add(digit);
    let digits = value.iter().map(|&byte| char::from(byte).to_digit(10));
    digits.reduce(|number, digit| Some(append(number?, digit?))).flatten()
}
