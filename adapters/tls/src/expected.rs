//! The server that a connection must reach: its name, its trust anchors, and the time to judge certificates by.

use core::cell::Cell;
use core::fmt;

use rustls_pki_types::{DnsName, TrustAnchor};

/// The expected server: host name, trust anchors, and the current time.
///
/// ```
/// use genesys_token_tls::{Expected, anchors};
///
/// // Seconds since 1970, from a clock that was set.
/// let expected = Expected::new("login.mypurecloud.de", &anchors::SERVICE)?.at(1_790_000_000);
/// # let _ = expected;
/// # Ok::<(), genesys_token_tls::NameError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Expected<'a> {
    name: DnsName<'a>,
    anchors: &'a [TrustAnchor<'a>],
    now: Option<u64>,
    earliest: u64,
    not_before: Option<&'a Cell<u64>>,
}

impl<'a> Expected<'a> {
    /// Expects a server with the host name `name`, whose certificate chain ends at one of `anchors`.
    ///
    /// Without a time ([`Expected::at`]) every certificate is refused.
    ///
    /// # Errors
    ///
    /// [`NameError`] if `name` is not a host name, is an IP address, or ends with a dot.
    pub fn new(name: &'a str, anchors: &'a [TrustAnchor<'a>]) -> Result<Self, NameError> {
        // RFC 6066 section 3: a server name has no trailing dot.
        if name.ends_with('.') {
            return Err(NameError);
        }
        let name = DnsName::try_from(name).map_err(|_| NameError)?;
        Ok(Self { name, anchors, now: None, earliest: 0, not_before: None })
    }

    /// Sets the current time, in seconds since 1970-01-01 00:00 UTC. Pass it only if the clock was set.
    #[must_use]
    pub fn at(mut self, now: u64) -> Self {
        self.now = Some(now);
        self
    }

    /// Sets a time that is certainly in the past, such as the build time, in seconds since 1970. A clock that shows an earlier time
    /// counts as not set.
    #[must_use]
    pub fn not_before(mut self, earliest: u64) -> Self {
        self.earliest = earliest;
        self
    }

    /// Sets where to record the beginning of the server certificate's validity (notBefore) once its chain is verified, in seconds since
    /// 1970. That time is certainly in the past: a CA has signed it, and does not date certificates ahead.
    #[must_use]
    pub fn recording_not_before(mut self, place: &'a Cell<u64>) -> Self {
        self.not_before = Some(place);
        self
    }

    /// Returns the expected host name, for other implementations of [`TlsEngine`](crate::TlsEngine).
    #[must_use]
    pub fn name(&self) -> &DnsName<'a> {
        &self.name
    }

    /// Returns the trust anchors.
    #[must_use]
    pub fn anchors(&self) -> &'a [TrustAnchor<'a>] {
        self.anchors
    }

    /// Returns where to record the beginning of the server certificate's validity.
    pub(crate) fn not_before_place(&self) -> Option<&'a Cell<u64>> {
        self.not_before
    }

    /// Returns the current time in seconds since 1970, or `None` if the clock is not set.
    #[must_use]
    pub fn now(&self) -> Option<u64> {
        self.now.filter(|now| *now >= self.earliest)
    }
}

/// The error for a server name that is not a host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameError;

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the server name is not a DNS host name; pass one such as login.mypurecloud.com, without a port or a trailing dot",
        )
    }
}

impl core::error::Error for NameError {}
