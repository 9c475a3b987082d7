//! Whom a connection must reach: the name, the authorities that may vouch for it, and the time.

use core::fmt;

use rustls_pki_types::{DnsName, TrustAnchor};

/// The server that is expected, and when.
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
    floor: u64,
}

impl<'a> Expected<'a> {
    /// A server called `name`, vouched for by one of `anchors`.
    ///
    /// Without a time ([`Expected::at`]) every certificate is refused.
    ///
    /// # Errors
    ///
    /// [`NameError`] when `name` is not a host name without a trailing dot: an IP address is none.
    pub fn new(name: &'a str, anchors: &'a [TrustAnchor<'a>]) -> Result<Self, NameError> {
        // RFC 6066 section 3: a server name has no trailing dot.
        if name.ends_with('.') {
            return Err(NameError);
        }
        let name = DnsName::try_from(name).map_err(|_| NameError)?;
        Ok(Self { name, anchors, now: None, floor: 0 })
    }

    /// The present time in seconds since 1970-01-01 00:00 UTC, from a clock that was really set.
    #[must_use]
    pub fn at(mut self, now: u64) -> Self {
        self.now = Some(now);
        self
    }

    /// A time that is certainly in the past, such as that of the build: a clock that shows an earlier one is taken as not set.
    #[must_use]
    pub fn not_before(mut self, floor: u64) -> Self {
        self.floor = floor;
        self
    }

    /// The name, for [engines](crate::TlsEngine) of others.
    #[must_use]
    pub fn name(&self) -> &DnsName<'a> {
        &self.name
    }

    /// Who may vouch for it.
    #[must_use]
    pub fn anchors(&self) -> &'a [TrustAnchor<'a>] {
        self.anchors
    }

    /// The time, if there is a clock that can be believed.
    #[must_use]
    pub fn now(&self) -> Option<u64> {
        self.now.filter(|now| *now >= self.floor)
    }
}

/// The expected server's name is not a host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameError;

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server name is not a DNS host name; give one such as login.mypurecloud.com, without a trailing dot or port")
    }
}

impl core::error::Error for NameError {}
