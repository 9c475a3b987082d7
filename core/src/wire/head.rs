//! Which parts of a response head matter.
use crate::text::Text;
use crate::time::Duration;

/// Bytes kept of a correlation id; longer ones are dropped. The service's are GUIDs of 36.
pub const CORRELATION_ID_CAPACITY: usize = 64;

/// The parts of a response head that decide anything. Hand over all headers: it picks.
#[derive(Clone, Debug)]
pub struct ResponseHead {
    status: u16,
    correlation_id: Text<CORRELATION_ID_CAPACITY>,
}

impl ResponseHead {
    /// A head with this status code and no headers yet.
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            correlation_id: Text::EMPTY,
        }
    }
    /// Takes one header into account. Unknown, repeated and malformed ones are ignored.
    pub fn header(&mut self, _name: &[u8], _value: &[u8]) {
        todo!()
    }
    /// The status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }
    /// `Retry-After`: seconds, or the span from `Date` to the HTTP-date given. RFC 9110 section 10.2.3.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        todo!()
    }
    /// `ININ-Correlation-Id`, or empty.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.correlation_id.as_str()
    }
    /// The `inin-ratelimit-*` headers.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        todo!()
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
