//! When a connection that was kept open may carry another exchange: the same rules for hosts and devices.
//!
//! | Rule | Source |
//! |---|---|
//! | the response has ended where its framing says, and no byte followed it | RFC 9112 section 9.3.1, section 9.2: unsolicited bytes are never a response |
//! | neither side wrote `Connection: close`, and the version keeps connections | RFC 9112 section 9.3, section 9.6 |
//! | no longer idle than the keep-alive time, [`KEEP_ALIVE`] by default | our choice, below |
//! | neither a byte nor an end has arrived since | RFC 9112 section 9.5: a server may close, or answer 408, at any time |
//!
//! [`Call::lost`](super::Call::lost) decides whether a request that was lost with a kept connection is sent again.

use crate::time::Duration;

/// The time for which a connection is kept without an exchange. The service's load balancer closes idle connections after about
/// 60 s; if this side closes earlier, no request is lost that way.
pub const KEEP_ALIVE: Duration = Duration::from_secs(50);

/// The state in which an exchange left its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AfterResponse {
    /// The response has ended where its framing says (RFC 9112 section 6.3).
    pub is_complete: bool,
    /// Bytes followed it.
    pub has_surplus: bool,
    /// Version and `Connection` headers of both sides allow another exchange (RFC 9112 section 9.3).
    pub is_persistent: bool,
}

impl AfterResponse {
    /// Returns whether the connection may be kept for another exchange.
    #[must_use]
    pub const fn may_be_kept(self) -> bool {
        self.is_complete && !self.has_surplus && self.is_persistent
    }
}

/// Returns whether a kept connection may carry another exchange now. `idle` is the time since the end of the last response;
/// `is_silent` is true if neither a byte nor an end has arrived since then.
#[must_use]
pub fn is_reusable(idle: Duration, keep_alive: Duration, is_silent: bool) -> bool {
    is_silent && idle <= keep_alive
}
