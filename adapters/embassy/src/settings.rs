//! What a client is told once.

use embassy_time::Duration;
use genesys_token_core::lifecycle::Policy;
use genesys_token_core::settings::{ClientAuth, Endpoint};
use genesys_token_tls::{TrustAnchor, anchors};

/// When this crate was built, in seconds since 1970: no clock is earlier. `SOURCE_DATE_EPOCH`, where it is set, decides.
pub const BUILT_AT: u64 = include!(concat!(env!("OUT_DIR"), "/built_at.rs"));

/// What a client is told once. [`Settings::new`] has the defaults; change single fields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings<'a> {
    /// The service.
    pub endpoint: Endpoint,
    /// How the client authenticates. Default [`ClientAuth::Basic`].
    pub client_auth: ClientAuth,
    /// The numbers behind refresh, waits and retries. Default [`Policy::DEFAULT`].
    ///
    /// Its `exchange_timeout` is raised where it is not longer than [`total_timeout`](Self::total_timeout).
    pub policy: Policy,
    /// Who may vouch for the hosts. Default [`anchors::SERVICE`]: the authorities of Genesys Cloud's certificates.
    pub anchors: &'a [TrustAnchor<'a>],
    /// A time that is certainly past, in seconds since 1970: a clock that shows an earlier one is not believed. Default
    /// [`BUILT_AT`].
    pub time_floor: u64,
    /// Time for one exchange or one attempt of an API call, from the name lookup to the last byte. Default 10 s.
    ///
    /// On a slow device a TLS handshake is computed for up to a second: leave room for it.
    pub total_timeout: Duration,
    /// How long the connection to the api host is kept without a call. Default 50 s: the service's front closes it
    /// after about 60 s.
    pub keep_alive: Duration,
    /// How often the credential source is asked for other credentials while the service refuses those it gave last.
    /// Default 60 s. Equal ones are not sent to the service.
    pub credentials_check: Duration,
    /// Host names or addresses of NTP servers, asked on port 123; four at most are. Default none: the program sets the
    /// clock itself ([`TokenClient::set_unix_time`](crate::TokenClient::set_unix_time)).
    #[cfg(feature = "sntp")]
    pub time_servers: &'a [&'a str],
    /// How often the clock is set anew. Default 6 h: a crystal of 100 ppm is 2 s off by then.
    #[cfg(feature = "sntp")]
    pub time_interval: Duration,
    /// The port of the time servers. Default 123; another one is for tests.
    #[cfg(feature = "sntp")]
    pub time_port: u16,
    /// Any evenly spread value, from the device's generator. It spreads refreshes and retries of many devices over time
    /// and guards no secret; devices that have the same one come back from a power cut at the same moment.
    pub random: u32,
}

impl Settings<'_> {
    /// The defaults for this service. `random`: see [`Settings::random`].
    #[must_use]
    pub fn new(endpoint: impl Into<Endpoint>, random: u32) -> Self {
        Self {
            endpoint: endpoint.into(),
            client_auth: ClientAuth::default(),
            policy: Policy::DEFAULT,
            anchors: &anchors::SERVICE,
            time_floor: BUILT_AT,
            total_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(50),
            credentials_check: Duration::from_secs(60),
            #[cfg(feature = "sntp")]
            time_servers: &[],
            #[cfg(feature = "sntp")]
            time_interval: Duration::from_secs(6 * 60 * 60),
            #[cfg(feature = "sntp")]
            time_port: 123,
            random,
        }
    }

    /// The policy, with a manager that does not give up an exchange before this crate does.
    pub(crate) fn effective_policy(&self) -> Policy {
        let mut policy = self.policy.clone().covering(crate::time::core(self.total_timeout));
        policy.credentials_check = crate::time::core(self.credentials_check);
        policy
    }
}
