//! Builder of a client, with every setting.

mod error;
mod roots;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use genesys_token_core::lifecycle::Policy;
use genesys_token_core::settings::{ClientAuth, Endpoint, Scope};
use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;

pub use error::BuildError;
use roots::Roots;
#[cfg(feature = "login")]
pub(crate) use roots::default_provider;

use crate::broker::BrokerAddress;
use crate::client::TokenClient;
use crate::credentials::{CredentialSource, EnvCredentials};
use crate::grant::Grant;
use crate::proxy::{EnvProxy, Proxy};
use crate::readable::PipeWait;
use crate::refresh_token::{Keeper, RefreshTokenStore};
use crate::secret::SecretString;
use crate::state::{RefreshTokenObserver, Settings, Shared};
use crate::transport::{Connector, PoolLimits, Transport};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_CHECK: Duration = Duration::from_secs(60);

/// A builder of a [`TokenClient`].
#[must_use]
pub struct TokenClientBuilder {
    service: Service,
    credentials: Option<Box<dyn CredentialSource>>,
    client_auth: ClientAuth,
    scope: Option<Scope>,
    grant: Grant,
    on_refresh_token: Option<RefreshTokenObserver>,
    refresh_token: Option<Keeper>,
    roots: Roots,
    provider: Option<Arc<CryptoProvider>>,
    tls: Option<Arc<ClientConfig>>,
    proxy: ProxySetting,
    connect_timeout: Duration,
    total_timeout: Duration,
    credentials_timeout: Duration,
    credentials_check: Duration,
    policy: Policy,
    call_timeout: Option<Duration>,
    rate_limit_wait: Option<Duration>,
    pool: PoolLimits,
    login_idle_time: Option<Duration>,
    #[cfg(feature = "store")]
    sharing: Option<crate::sharing::Sharing>,
    #[cfg(feature = "http2")]
    http1_only: bool,
}

/// Who issues tokens and answers calls.
#[derive(Debug)]
enum Service {
    Direct(Box<Endpoint>),
    Broker(BrokerAddress),
}

/// Where the proxy comes from.
enum ProxySetting {
    None,
    Given(Proxy),
    Environment(EnvProxy),
}

impl ProxySetting {
    /// Returns the proxy for the hosts of this endpoint.
    fn resolve(self, endpoint: &Endpoint) -> Result<Option<Proxy>, BuildError> {
        let found = match self {
            Self::None => return Ok(None),
            Self::Given(proxy) => return Ok(Some(proxy)),
            Self::Environment(found) => found,
        };
        let is_used = found.serves(endpoint.login_host(), endpoint.login_port())
            || found.serves(endpoint.api_host(), endpoint.api_port());
        match found.proxy {
            Ok(proxy) => Ok(Some(proxy)),
            Err(error) if is_used => Err(BuildError::Proxy { variable: found.variable, error }),
            Err(_) => Ok(None),
        }
    }
}

/// Shows the proxy, without user and password.
impl fmt::Debug for ProxySetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Given(proxy) => proxy.fmt(f),
            Self::Environment(found) => found.proxy.fmt(f),
        }
    }
}

impl TokenClient {
    /// Returns a builder for this endpoint. At least [`credentials`](TokenClientBuilder::credentials) must be set.
    pub fn builder(endpoint: Endpoint) -> TokenClientBuilder {
        TokenClientBuilder::new(Service::Direct(Box::new(endpoint)))
    }

    /// Returns a builder of a client that obtains its token from a token broker, and sends its calls through it.
    ///
    /// A consumer over a Unix socket needs no [`credentials`](TokenClientBuilder::credentials): the broker knows the user of this process.
    /// Over TCP they are the consumer's id and secret, and calls need a consumer with `access = "forward"`. A proxy is not used.
    pub fn through_broker(broker: BrokerAddress) -> TokenClientBuilder {
        TokenClientBuilder::new(Service::Broker(broker))
    }

    /// Returns a builder with the settings of the environment: `GENESYS_REGION`, `GENESYS_CLIENT_ID`, `GENESYS_CLIENT_SECRET`,
    /// and the proxy of `HTTPS_PROXY` and `NO_PROXY`. `GENESYS_LOGIN_URL` and `GENESYS_API_URL` override the region's hosts, and
    /// `GENESYS_CA_FILE` adds trust anchors, as the sandbox prints them.
    ///
    /// With `GENESYS_TOKEN_BROKER` the client goes [through that broker](Self::through_broker) and needs no region. Id and secret are then
    /// those of the consumer, and are read only if the broker is reached over TCP.
    ///
    /// # Errors
    /// [`BuildError::Region`] if `GENESYS_REGION` is missing or not a region; [`BuildError::Broker`].
    pub fn from_env() -> Result<TokenClientBuilder, BuildError> {
        let source = EnvCredentials::new();
        if let Some(broker) = BrokerAddress::from_env().map_err(BuildError::Broker)? {
            let is_unix = broker.is_unix();
            let ca_file = source.ca_file().map_err(BuildError::Region)?;
            let mut builder = Self::through_broker(broker);
            if !is_unix {
                builder = builder.credentials(source);
            }
            return Ok(match ca_file {
                Some(path) => builder.extra_roots_file(path),
                None => builder,
            });
        }
        let endpoint = source.endpoint().map_err(BuildError::Region)?;
        let ca_file = source.ca_file().map_err(BuildError::Region)?;
        let builder = Self::builder(endpoint).credentials(source).proxy_from_env();
        Ok(match ca_file {
            Some(path) => builder.extra_roots_file(path),
            None => builder,
        })
    }
}

impl TokenClientBuilder {
    fn new(service: Service) -> Self {
        Self {
            service,
            credentials: None,
            client_auth: ClientAuth::default(),
            scope: None,
            grant: Grant::default(),
            on_refresh_token: None,
            refresh_token: None,
            roots: Roots::default(),
            provider: None,
            tls: None,
            proxy: ProxySetting::None,
            connect_timeout: DEFAULT_TIMEOUT,
            total_timeout: DEFAULT_TIMEOUT,
            credentials_timeout: DEFAULT_TIMEOUT,
            credentials_check: DEFAULT_CHECK,
            policy: Policy::default(),
            call_timeout: None,
            rate_limit_wait: None,
            pool: PoolLimits::DEFAULT,
            login_idle_time: None,
            #[cfg(feature = "store")]
            sharing: None,
            #[cfg(feature = "http2")]
            http1_only: false,
        }
    }

    /// Sets the source of client id and secret. Required, except for a broker on a Unix socket.
    pub fn credentials(mut self, source: impl CredentialSource + 'static) -> Self {
        self.credentials = Some(Box::new(source));
        self
    }

    /// Sets how the client authenticates. Default: [`ClientAuth::Basic`].
    pub fn client_auth(mut self, auth: ClientAuth) -> Self {
        self.client_auth = auth;
        self
    }

    /// Sets the scope to request. Default: none, because Genesys Cloud ignores it for client credentials.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Sets the grant. Default: [`Grant::ClientCredentials`].
    pub fn grant(mut self, grant: Grant) -> Self {
        self.grant = grant;
        self
    }

    /// Sets a function that is called with each refresh token in a response, before the access token of that response is handed out:
    /// store it, because the previous one may no longer be valid. It is called on the background task and must not block for long.
    pub fn on_refresh_token(mut self, observer: impl Fn(&SecretString) + Send + Sync + 'static) -> Self {
        self.on_refresh_token = Some(Box::new(observer));
        self
    }

    /// Sets where the refresh token is kept, if other processes use the same login: an exchange with a refresh token holds the store,
    /// sends the one that it has in place of the one of the [`grant`](Self::grant), and keeps the successor there. Default: none.
    ///
    /// An exchange waits for another process's at most as long as its own may take: `credentials_timeout` and `total_timeout` together.
    pub fn refresh_token_store(mut self, store: impl RefreshTokenStore + 'static) -> Self {
        self.refresh_token = Some(Keeper::new(store));
        self
    }

    /// Adds trust anchors: one or more certificates in PEM, for example of a company's CA. May be called repeatedly.
    pub fn extra_roots_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.add_pem(pem.into());
        self
    }

    /// Adds trust anchors from a PEM file, which [`build`](TokenClientBuilder::build) reads. For the writer of a named pipe it waits, blocking the
    /// thread, for as long as [`connect_timeout`](Self::connect_timeout) at most.
    pub fn extra_roots_file(mut self, path: impl AsRef<Path>) -> Self {
        self.roots.add_file(path.as_ref());
        self
    }

    /// Trusts the extra roots only: neither the published anchors of the service nor the platform's store.
    pub fn only_extra_roots(mut self) -> Self {
        self.roots.only_extra();
        self
    }

    /// Sets the cryptography of TLS. Default: ring with the feature of that name, else the process's default provider.
    pub fn crypto_provider(mut self, provider: Arc<CryptoProvider>) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Replaces the whole TLS configuration: for client certificates, or another verifier.
    ///
    /// Verification is then the caller's responsibility: it cannot be combined with extra roots. Its ALPN list
    /// should be empty or contain `http/1.1` only, and with the feature `http2` also `h2`: no other protocol is supported.
    pub fn tls_config(mut self, config: Arc<ClientConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Sets the proxy for login host and API host. Default: none.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = ProxySetting::Given(proxy);
        self
    }

    /// Sets the proxy from the environment, if it names one: see [`Proxy::from_env`]. A proxy of a kind that is not supported is an
    /// error only if the login host or the API host would be reached through it.
    pub fn proxy_from_env(mut self) -> Self {
        self.proxy = EnvProxy::read().map_or(ProxySetting::None, ProxySetting::Environment);
        self
    }

    /// Limits the time for name lookup, TCP, proxy and TLS together. Default: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Limits the time for one request with its response, including the connection. Default: 10 s.
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = timeout;
        self
    }

    /// Limits the time for the credential source. Default: 10 s.
    pub fn credentials_timeout(mut self, timeout: Duration) -> Self {
        self.credentials_timeout = timeout;
        self
    }

    /// Sets how often the credential source is asked for new credentials while the service refuses the last ones.
    /// Default: every 60 s. Equal ones are not sent again.
    pub fn credentials_check(mut self, interval: Duration) -> Self {
        self.credentials_check = interval;
        self
    }

    /// Sets the policy of refreshes, waits and retries. Default: [`Policy::default`].
    ///
    /// Its `exchange_timeout` is raised above the sum of the timeouts of this builder ([`Policy::covering`]), and its
    /// `credentials_check` is replaced by [`credentials_check`](Self::credentials_check).
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Shares the token with other processes through a store. Default: the token is this client's alone.
    ///
    /// Only tokens of [`Grant::ClientCredentials`] are shared, and only of a client that has credentials of its own: a broker shares
    /// its token by itself.
    #[cfg(feature = "store")]
    pub fn sharing(mut self, sharing: crate::sharing::Sharing) -> Self {
        self.sharing = Some(sharing);
        self
    }

    /// Limits the time of a whole call of the API, with the wait for a token, all attempts and all waits between them, unless the request
    /// sets a [`deadline`](crate::ApiRequest::deadline). Default: none.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = Some(timeout);
        self
    }

    /// Limits the time that a call of the API spends on waits for the rate limit, unless the request sets a
    /// [`rate_limit_wait`](crate::ApiRequest::rate_limit_wait). Default: 180 s; with zero each 429 is returned to the caller.
    pub fn rate_limit_wait(mut self, longest: Duration) -> Self {
        self.rate_limit_wait = Some(longest);
        self
    }

    /// Limits the connections to the API host that are kept open while they are not used. Default: 100. With 0 each call opens one.
    pub fn idle_connections(mut self, most: usize) -> Self {
        self.pool.idle = most;
        self
    }

    /// Limits how long a connection is kept open without a call. Default: 50 s, because the service closes it after about 60 s.
    pub fn connection_idle_time(mut self, longest: Duration) -> Self {
        self.pool.idle_time = longest;
        self
    }

    /// Limits how long a connection to the login host is kept open without an exchange. Exchanges are rare: with zero, their connection takes no
    /// memory in between. Default: [`connection_idle_time`](Self::connection_idle_time).
    pub fn login_connection_idle_time(mut self, longest: Duration) -> Self {
        self.login_idle_time = Some(longest);
        self
    }

    /// Limits the age of a connection when a call begins: a new one looks the host's name up again, and so finds addresses that have
    /// changed. Default: 10 min.
    pub fn connection_lifetime(mut self, longest: Duration) -> Self {
        self.pool.lifetime = longest;
        self
    }

    /// Limits the calls of the API at the same time, and so its connections. Default: 100; at least 1.
    ///
    /// Further calls wait in a queue, first come, first served; a call that is dropped leaves it. The wait counts for the
    /// [`deadline`](crate::ApiRequest::deadline) of a call and not for its [`timeout`](crate::ApiRequest::timeout).
    pub fn concurrent_calls(mut self, most: usize) -> Self {
        self.pool.concurrent = most;
        self
    }

    /// Offers HTTP/1.1 only, as without the feature `http2`. It changes nothing where the whole TLS configuration is
    /// [set](Self::tls_config): its ALPN list decides.
    #[cfg(feature = "http2")]
    pub fn http1_only(mut self) -> Self {
        self.http1_only = true;
        self
    }

    /// Builds the client. Does no network I/O and starts no task.
    ///
    /// # Errors
    /// [`BuildError`], each with what to do.
    pub fn build(self) -> Result<TokenClient, BuildError> {
        let is_known_to_peer = matches!(&self.service, Service::Broker(broker) if broker.is_unix());
        if self.credentials.is_none() && !is_known_to_peer {
            return Err(BuildError::CredentialsMissing);
        }
        let token_path = match &self.service {
            Service::Direct(endpoint) => endpoint.token_path(),
            Service::Broker(_) => Endpoint::TOKEN_PATH,
        };
        let token_target = token_path.parse().map_err(|_| BuildError::TokenPath)?;
        #[cfg(feature = "http2")]
        let offers_http2 =
            !self.http1_only && self.tls.is_none() && matches!(&self.service, Service::Direct(_));
        let (tls, trust) = match self.tls {
            Some(tls) if self.roots.is_default() && self.provider.is_none() => (tls, None),
            Some(_) => return Err(BuildError::TlsConfiguredTwice),
            None => self.roots.into_tls_config(self.provider, &PipeWait::of(self.connect_timeout))?,
        };
        let (proxy, broker) = match &self.service {
            Service::Direct(endpoint) => (self.proxy.resolve(endpoint)?, None),
            Service::Broker(broker) => (None, Some(broker.clone())),
        };
        let connector = Arc::new(Connector { tls, trust, proxy, broker, timeout: self.connect_timeout });
        #[cfg(feature = "store")]
        let sharing =
            self.sharing.map(|sharing| sharing.membership(self.total_timeout, self.policy.refresh_margin));
        let (login, api) = match &self.service {
            Service::Direct(endpoint) => {
                ((endpoint.login_host(), endpoint.login_port()), (endpoint.api_host(), endpoint.api_port()))
            }
            Service::Broker(broker) => (broker.host_and_port(), broker.host_and_port()),
        };
        let mut login_pool = self.pool.for_one_caller();
        login_pool.idle_time = self.login_idle_time.unwrap_or(login_pool.idle_time);
        let login = Transport::new(connector.clone(), login.0, login.1, login_pool);
        #[cfg(feature = "http2")]
        let connector = if offers_http2 { Arc::new(connector.with_http2()) } else { connector };
        let api = Transport::new(connector, api.0, api.1, self.pool);
        let endpoint = match self.service {
            Service::Direct(endpoint) => Some(endpoint),
            Service::Broker(_) => None,
        };
        let mut settings = Settings {
            endpoint,
            token_target,
            credentials: self.credentials,
            client_auth: self.client_auth,
            scope: self.scope,
            on_refresh_token: self.on_refresh_token,
            refresh_token: self.refresh_token,
            total_timeout: self.total_timeout,
            credentials_timeout: self.credentials_timeout,
            policy: self.policy,
            #[cfg(feature = "store")]
            sharing,
            call_timeout: self.call_timeout,
            rate_limit_wait: self.rate_limit_wait,
        };
        let longest = settings.longest_exchange();
        settings.policy = settings.policy.covering(longest.into());
        settings.policy.credentials_check = self.credentials_check.into();
        Ok(TokenClient::new(Shared::new(settings, self.grant, login, api)))
    }
}

/// No secret: the credential source is not shown.
impl fmt::Debug for TokenClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClientBuilder")
            .field("service", &self.service)
            .field("client_auth", &self.client_auth)
            .field("scope", &self.scope)
            .field("grant", &self.grant)
            .field("proxy", &self.proxy)
            .field("connect_timeout", &self.connect_timeout)
            .field("total_timeout", &self.total_timeout)
            .field("credentials_timeout", &self.credentials_timeout)
            .field("policy", &self.policy)
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}
