//! Settings of a client.

use embassy_time::Duration;
use genesys_token_core::call::KEEP_ALIVE;
use genesys_token_core::lifecycle::Policy;
use genesys_token_core::settings::{ClientAuth, Endpoint};
use genesys_token_tls::{TrustAnchor, anchors};

use crate::time;

/// The build time of this crate in seconds since 1970, from `SOURCE_DATE_EPOCH` where that is set. No correct clock is earlier.
pub const BUILT_AT: u64 = include!(concat!(env!("OUT_DIR"), "/built_at.rs"));

/// Settings of a client. [`Settings::new`] has the defaults; change single fields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings<'a> {
    /// The hosts of the service.
    pub endpoint: Endpoint,
    /// How the client authenticates. Default [`ClientAuth::Basic`].
    pub client_auth: ClientAuth,
    /// The parameters of refresh, waits and retries. Default [`Policy::DEFAULT`].
    ///
    /// Its `exchange_timeout` is raised where it is not longer than [`total_timeout`](Self::total_timeout).
    pub policy: Policy,
    /// The trust anchors. Default [`anchors::SERVICE`]: those of Genesys Cloud's certificates.
    pub anchors: &'a [TrustAnchor<'a>],
    /// A time that is known to be past, in seconds since 1970: an earlier time is never accepted. Default [`BUILT_AT`].
    pub earliest_time: u64,
    /// The timeout of one token exchange or one attempt of an API call, from the name lookup to the last byte. Default 10 s.
    ///
    /// On a slow device the computations of a TLS handshake take up to a second, which is included.
    pub total_timeout: Duration,
    /// How long the connection to the API host is kept without a call. Default [`KEEP_ALIVE`]: the service's load balancer closes it
    /// after about 60 s.
    pub keep_alive: Duration,
    /// How long a request on a reused connection may make no progress before the first byte of its response, if it may be sent again.
    /// Then it is sent again on a new connection. Default 5 s.
    ///
    /// A NAT or firewall may forget an idle connection and drop its packets silently; without this bound such a request would fail at
    /// its timeout. Requests that may not be sent again, such as a POST, have no such bound.
    pub reuse_timeout: Duration,
    /// The interval of TCP keep-alive probes on idle connections. Default `None`: no probes. A NAT with a short timeout keeps a
    /// connection open for them, at the cost of a packet in each direction.
    pub tcp_keep_alive: Option<Duration>,
    /// Host names or addresses of NTP servers; the first four are used. Default none: the program sets the clock itself
    /// ([`TokenClient::set_unix_time`](crate::TokenClient::set_unix_time)).
    #[cfg(feature = "sntp")]
    pub time_servers: &'a [&'a str],
    /// The interval at which the clock is synchronised. Default 6 h: a crystal of 100 ppm is 2 s off by then.
    #[cfg(feature = "sntp")]
    pub time_interval: Duration,
    /// The port of the time servers. Default 123; other values are for tests.
    #[cfg(feature = "sntp")]
    pub time_port: u16,
    /// A uniformly distributed value from the device's generator. It spreads refreshes and retries of many devices over time and
    /// protects no secret; devices with the same value retry at the same moment after a power cut.
    pub random: u32,
}

impl Settings<'_> {
    /// Returns the defaults for this service. `random`: see [`Settings::random`].
    #[must_use]
    pub fn new(endpoint: impl Into<Endpoint>, random: u32) -> Self {
        Self {
            endpoint: endpoint.into(),
            client_auth: ClientAuth::default(),
            policy: Policy::DEFAULT,
            anchors: &anchors::SERVICE,
            earliest_time: BUILT_AT,
            total_timeout: Duration::from_secs(10),
            keep_alive: time::embassy(KEEP_ALIVE),
            reuse_timeout: Duration::from_secs(5),
            tcp_keep_alive: None,
            #[cfg(feature = "sntp")]
            time_servers: &[],
            #[cfg(feature = "sntp")]
            time_interval: Duration::from_secs(6 * 60 * 60),
            #[cfg(feature = "sntp")]
            time_port: 123,
            random,
        }
    }

    /// Returns the policy, with an exchange timeout that is longer than this crate's own.
    pub(crate) fn effective_policy(&self) -> Policy {
        self.policy.clone().covering(time::core(self.total_timeout))
    }
}
