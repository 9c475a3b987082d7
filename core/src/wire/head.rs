//! The response headers that are used.

use core::fmt;

use super::date;
use super::json::{self, Words};
use super::string::{NO_ESCAPES, copy_visible};
use crate::text::Text;
use crate::time::Duration;

/// The greatest length of a correlation id in bytes; longer ones are dropped. The service's are GUIDs of 36.
pub const CORRELATION_ID_CAPACITY: usize = 64;
/// The greatest length of a description, and of a redirect's location, in bytes.
pub const DESCRIPTION_CAPACITY: usize = 128;

/// The parts of a response head that affect a decision. Pass all headers to it: it selects those it needs.
///
/// | Header | Read as |
/// |---|---|
/// | `Retry-After` | whole seconds, or an HTTP-date in any of three formats (RFC 9110 section 10.2.3) |
/// | `Date` | an HTTP-date: the reference for the other one, because there is no clock here; see [`ResponseHead::received_at`] |
/// | `Location` | of a redirect (status 3xx) only: visible ASCII up to the query, at most [`DESCRIPTION_CAPACITY`] bytes, for the error message; it is never followed |
/// | `ININ-Correlation-Id` | visible ASCII, at most [`CORRELATION_ID_CAPACITY`] bytes |
/// | `inin-ratelimit-count`, `-allowed`, `-reset` | whole numbers; those above 2³² - 1 are taken for that, here and above |
///
/// Names are compared case-insensitively; white space around values is ignored. The first legal value of a header is kept;
/// unknown, repeated and malformed ones are ignored.
#[derive(Clone)]
pub struct ResponseHead {
    status: u16,
    /// A bit for each of [`HEADERS`] that had a legal value; one more if `Retry-After` is a date.
    seen: u8,
    /// The value of `Date`, in seconds since 1970.
    date: u64,
    /// The value of `Retry-After`: seconds, or seconds since 1970.
    retry_after: u64,
    /// The rate limit's count, allowed and reset.
    rate_limit: [u32; 3],
    correlation_id: Text<CORRELATION_ID_CAPACITY>,
    location: Text<DESCRIPTION_CAPACITY>,
}

/// The names of the headers that are used; [`ResponseHead::header`] refers to them by index.
const HEADERS: &Words = &json::words::<111>(&[
    "retry-after",
    "date",
    "inin-correlation-id",
    "inin-ratelimit-count",
    "inin-ratelimit-allowed",
    "inin-ratelimit-reset",
    "location",
]);
/// A bit for each length that one of them has: most headers of a response have another length.
const LENGTHS: u32 = {
    let mut lengths = 0;
    let mut at = 0;
    while at < HEADERS.len() {
        lengths |= 1 << HEADERS[at];
        at += 1 + HEADERS[at] as usize;
    }
    lengths
};
/// The bits of [`ResponseHead::seen`].
const RETRY_AFTER: u8 = 1;
const DATE: u8 = 2;
const RATE_LIMIT: u8 = 0x38;
const RETRY_AFTER_IS_A_DATE: u8 = 0x80;

impl ResponseHead {
    /// Creates a head with this status code and no headers.
    #[must_use]
    #[inline]
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            seen: 0,
            date: 0,
            retry_after: 0,
            rate_limit: [0; 3],
            correlation_id: Text::EMPTY,
            location: Text::EMPTY,
        }
    }

    /// Reads one header. Unknown, repeated and malformed ones are ignored.
    pub fn header(&mut self, name: &[u8], value: &[u8]) {
        let lengths = u32::try_from(name.len()).ok().and_then(|length| LENGTHS.checked_shr(length));
        if lengths.is_none_or(|lengths| lengths & 1 == 0) {
            return;
        }
        let mut lower = [0; 24];
        for (to, from) in lower.iter_mut().zip(name) {
            *to = from.to_ascii_lowercase();
        }
        let (index, length) = json::position(HEADERS, &lower, 0);
        let bit = 1_u8 << (index & 7);
        if length != name.len() || self.seen & bit != 0 {
            return;
        }
        let value = value.trim_ascii();
        let is_legal = match index {
            0 => self.read_retry_after(value),
            1 => date::seconds_since_1970(value).map(|seconds| self.date = seconds).is_some(),
            2 => {
                self.correlation_id.fill(|to| copy_visible(value, NO_ESCAPES, to, true));
                !self.correlation_id.is_empty()
            }
            6 if matches!(self.status, 300..=399) => {
                // Query and fragment may contain secrets.
                let end = value.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(value.len());
                let shown = value.get(..end).unwrap_or_default();
                self.location.fill(|to| copy_visible(shown, NO_ESCAPES, to, false));
                true
            }
            _ => match (number(value), self.rate_limit.get_mut(index - 3)) {
                (Some(number), Some(limit)) => {
                    *limit = number;
                    true
                }
                _ => false,
            },
        };
        if is_legal {
            self.seen |= bit;
        }
    }

    fn read_retry_after(&mut self, value: &[u8]) -> bool {
        if let Some(seconds) = number(value) {
            self.retry_after = seconds.into();
        } else if let Some(seconds) = date::seconds_since_1970(value) {
            self.retry_after = seconds;
            self.seen |= RETRY_AFTER_IS_A_DATE;
        } else {
            return false;
        }
        true
    }

    /// Sets the local wall clock's time of arrival, in seconds since 1970: the reference for a date in `Retry-After` where the
    /// response has no `Date`. Call it after the last header.
    pub const fn received_at(&mut self, unix_seconds: u64) {
        if self.seen & DATE == 0 {
            self.date = unix_seconds;
            self.seen |= DATE;
        }
    }

    /// Returns the status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Returns `Retry-After`: the seconds, or the span from `Date` to the HTTP-date (zero if that is past). RFC 9110 section
    /// 10.2.3. `None` for a date without `Date` and without [`received_at`](Self::received_at).
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        let mut seconds = self.retry_after;
        let mut needed = RETRY_AFTER;
        if self.seen & RETRY_AFTER_IS_A_DATE != 0 {
            seconds = seconds.saturating_sub(self.date);
            needed |= DATE;
        }
        if self.seen & needed != needed {
            return None;
        }
        // Dates end with the year 9999.
        Some(Duration::from_millis(seconds * 1000))
    }

    /// Returns `ININ-Correlation-Id`; empty if there is none.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.correlation_id.as_str()
    }

    pub(super) const fn location_text(&self) -> Text<DESCRIPTION_CAPACITY> {
        self.location
    }

    pub(super) const fn correlation_id_text(&self) -> Text<CORRELATION_ID_CAPACITY> {
        self.correlation_id
    }

    /// Returns the `inin-ratelimit-*` headers, if all three are present.
    #[must_use]
    pub const fn rate_limit(&self) -> Option<RateLimit> {
        let [count, allowed, reset] = self.rate_limit;
        if self.seen & RATE_LIMIT != RATE_LIMIT {
            return None;
        }
        Some(RateLimit { count, allowed, reset: Duration::from_secs(reset as u64) })
    }
}

// Not derived: the derived code for so many fields contains a panic that the linker cannot remove.
impl fmt::Debug for ResponseHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseHead")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after())
            .field("rate_limit", &self.rate_limit())
            .field("correlation_id", &self.correlation_id)
            .finish_non_exhaustive()
    }
}

/// The rate limit of the Platform API, from its response headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests counted in this window.
    pub count: u32,
    /// Requests allowed in a window.
    pub allowed: u32,
    /// Time until the window ends.
    pub reset: Duration,
}

impl RateLimit {
    /// Returns how long to wait before the next request, if the limit is used up: until the window ends.
    #[must_use]
    pub fn pause(&self) -> Option<Duration> {
        (self.count >= self.allowed).then_some(self.reset)
    }
}

/// Reads digits; a number beyond `u32` counts as its maximum.
fn number(value: &[u8]) -> Option<u32> {
    let mut number = 0_u32;
    for &byte in value {
        number = number.saturating_mul(10).saturating_add(char::from(byte).to_digit(10)?);
    }
    (!value.is_empty()).then_some(number)
}
