//! Settings, and the client made of them.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use genesys_token_core::lifecycle::Policy;
use genesys_token_core::settings::{ClientAuth, Endpoint, Scope};
use http::Uri;
use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;

use crate::client::TokenClient;
use crate::credentials::{CredentialError, CredentialSource, EnvCredentials};
use crate::grant::Grant;
use crate::proxy::{InvalidProxy, Proxy};
use crate::roots::Roots;
use crate::secret::SecretString;
use crate::state::Shared;
use crate::transport::{Connector, Transport};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_CHECK: Duration = Duration::from_secs(60);

/// Makes a [`TokenClient`].
#[must_use]
pub struct TokenClientBuilder {
    endpoint: Endpoint,
    credentials: Option<Box<dyn CredentialSource>>,
    client_auth: ClientAuth,
    scope: Option<Scope>,
    grant: Grant,
    on_refresh_token: Option<Observer>,
    roots: Roots,
    provider: Option<Arc<CryptoProvider>>,
    tls: Option<Arc<ClientConfig>>,
    proxy: Result<Option<Proxy>, InvalidProxy>,
    connect_timeout: Duration,
    total_timeout: Duration,
    credentials_timeout: Duration,
    credentials_check: Duration,
    policy: Policy,
}

/// Told of each refresh token.
pub(crate) type Observer = Box<dyn Fn(&SecretString) + Send + Sync>;

/// What an exchange needs to know.
pub(crate) struct Settings {
    pub(crate) token_target: Uri,
    pub(crate) credentials: Box<dyn CredentialSource>,
    pub(crate) client_auth: ClientAuth,
    pub(crate) scope: Option<Scope>,
    pub(crate) on_refresh_token: Option<Observer>,
    pub(crate) total_timeout: Duration,
    pub(crate) credentials_timeout: Duration,
    pub(crate) policy: Policy,
}

impl Settings {
    /// No exchange takes longer.
    pub(crate) fn longest_exchange(&self) -> Duration {
        let margin = Duration::from_secs(1);
        self.credentials_timeout.saturating_add(self.total_timeout).saturating_add(margin)
    }
}

/// Why there is no client.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// No credential source was given.
    CredentialsMissing,
    /// `GENESYS_REGION` names no endpoint.
    Region(CredentialError),
    /// The path of the endpoint is no URI path.
    TokenPath,
    /// A file of trust anchors could not be read.
    RootsFile {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Extra trust anchors hold no usable certificate.
    Roots {
        /// The file they are from, if they are from one.
        path: Option<PathBuf>,
        /// What is wrong.
        problem: String,
    },
    /// Only the given trust anchors are to be used, and none was given.
    NoRoots,
    /// Trust anchors or a provider of cryptography were given beside a whole TLS configuration, which has its own.
    TlsConfiguredTwice,
    /// There is no provider of cryptography: feature `ring` is off, and neither the builder nor the process was given one.
    NoCryptoProvider,
    /// The provider of cryptography lacks what TLS needs.
    Tls(rustls::Error),
    /// The proxy's URL is not understood.
    Proxy(InvalidProxy),
}

impl TokenClientBuilder {
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        Self {
            endpoint: *endpoint,
            credentials: None,
            client_auth: ClientAuth::default(),
            scope: None,
            grant: Grant::default(),
            on_refresh_token: None,
            roots: Roots::default(),
            provider: None,
            tls: None,
            proxy: Ok(None),
            connect_timeout: DEFAULT_TIMEOUT,
            total_timeout: DEFAULT_TIMEOUT,
            credentials_timeout: DEFAULT_TIMEOUT,
            credentials_check: DEFAULT_CHECK,
            policy: Policy::default(),
        }
    }

    pub(crate) fn from_env(source: EnvCredentials) -> Result<Self, BuildError> {
        let endpoint = source.endpoint().map_err(BuildError::Region)?;
        Ok(Self::new(&endpoint).credentials(source).proxy_from_env())
    }

    /// Where client id and secret come from. Needed.
    pub fn credentials(mut self, source: impl CredentialSource + 'static) -> Self {
        self.credentials = Some(Box::new(source));
        self
    }

    /// How the client authenticates. [`ClientAuth::Basic`] unless set.
    pub fn client_auth(mut self, auth: ClientAuth) -> Self {
        self.client_auth = auth;
        self
    }

    /// The scope to ask for. None unless set: Genesys Cloud ignores it for client credentials.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// What to ask with. [`Grant::ClientCredentials`] unless set.
    pub fn grant(mut self, grant: Grant) -> Self {
        self.grant = grant;
        self
    }

    /// Called with each refresh token that the service gives, before the access token beside it is given to anybody:
    /// store it, for the one before it may be dead. Called on the client's task, so it must not block for long.
    pub fn on_refresh_token(mut self, observer: impl Fn(&SecretString) + Send + Sync + 'static) -> Self {
        self.on_refresh_token = Some(Box::new(observer));
        self
    }

    /// Trust these certificates too: one or more in PEM, as of a company's CA. May be called repeatedly.
    pub fn extra_roots_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.add_pem(pem.into());
        self
    }

    /// The same from a file, read by [`TokenClientBuilder::build`].
    pub fn extra_roots_file(mut self, path: impl AsRef<Path>) -> Self {
        self.roots.add_file(path.as_ref());
        self
    }

    /// Trust the extra roots alone: neither the service's published anchors nor the platform's store.
    pub fn only_extra_roots(mut self) -> Self {
        self.roots.only_extra();
        self
    }

    /// The cryptography of TLS. Unless set: ring with the feature of that name, else the process's default provider.
    pub fn crypto_provider(mut self, provider: Arc<CryptoProvider>) -> Self {
        self.provider = Some(provider);
        self
    }

    /// A whole TLS configuration in the place of this crate's own: for client certificates, or other rules of trust.
    ///
    /// Whom it trusts is then the caller's responsibility alone: it cannot be combined with extra roots. Its ALPN list
    /// should be empty or hold `http/1.1` alone: nothing else is spoken here.
    pub fn tls_config(mut self, config: Arc<ClientConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// The proxy to go through, for login and API host alike. None unless set.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Ok(Some(proxy));
        self
    }

    /// The proxy that the environment names, if it does: see [`Proxy::from_env`].
    pub fn proxy_from_env(mut self) -> Self {
        self.proxy = Proxy::from_env();
        self
    }

    /// Time for name lookup, TCP, proxy and TLS together. 10 s unless set.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Time for one request with its response, connecting included. 10 s unless set.
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = timeout;
        self
    }

    /// Time for the credential source to answer. 10 s unless set.
    pub fn credentials_timeout(mut self, timeout: Duration) -> Self {
        self.credentials_timeout = timeout;
        self
    }

    /// How often the credential source is asked for other credentials while the service refuses those it gave last.
    /// Every 60 s unless set. Equal ones are not sent to the service.
    pub fn credentials_check(mut self, interval: Duration) -> Self {
        self.credentials_check = interval;
        self
    }

    /// The numbers behind refresh, waits and retries. [`Policy::default`] unless set.
    ///
    /// Its `exchange_timeout` is raised where it is not longer than the timeouts of this builder together.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The client. Does no network I/O and starts no task.
    ///
    /// # Errors
    /// [`BuildError`], each with what to do about it.
    pub fn build(self) -> Result<TokenClient, BuildError> {
        let credentials = self.credentials.ok_or(BuildError::CredentialsMissing)?;
        let token_target = self.endpoint.token_path().parse().map_err(|_| BuildError::TokenPath)?;
        let (tls, trust) = match self.tls {
            Some(tls) if self.roots.is_untouched() && self.provider.is_none() => (tls, None),
            Some(_) => return Err(BuildError::TlsConfiguredTwice),
            None => self.roots.into_tls_config(self.provider)?,
        };
        let proxy = self.proxy.map_err(BuildError::Proxy)?;
        let connector = Arc::new(Connector { tls, trust, proxy, timeout: self.connect_timeout });
        let longest = self.credentials_timeout.saturating_add(self.total_timeout);
        let mut policy = self.policy.covering(longest.into());
        policy.credentials_check = self.credentials_check.into();
        let settings = Settings {
            token_target,
            credentials,
            client_auth: self.client_auth,
            scope: self.scope,
            on_refresh_token: self.on_refresh_token,
            total_timeout: self.total_timeout,
            credentials_timeout: self.credentials_timeout,
            policy,
        };
        let endpoint = &self.endpoint;
        let login = Transport::new(connector.clone(), endpoint.login_host(), endpoint.login_port());
        let api = Transport::new(connector, endpoint.api_host(), endpoint.api_port());
        Ok(TokenClient::new(Shared::new(settings, self.grant, login, api)))
    }
}

/// No secret: the credential source is not shown.
impl fmt::Debug for TokenClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClientBuilder")
            .field("endpoint", &self.endpoint)
            .field("client_auth", &self.client_auth)
            .field("scope", &self.scope)
            .field("grant", &self.grant)
            .field("proxy", &self.proxy)
            .field("connect_timeout", &self.connect_timeout)
            .field("total_timeout", &self.total_timeout)
            .field("credentials_timeout", &self.credentials_timeout)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CredentialsMissing => f.write_str("no credential source: give one by credentials()"),
            Self::Region(error) => error.fmt(f),
            Self::TokenPath => {
                f.write_str("the path of the token endpoint holds a character that no URI path has")
            }
            Self::RootsFile { path, error } => write!(
                f,
                "the trust anchors {} could not be read ({error}): check that the file exists and that this user may read it",
                path.display()
            ),
            Self::Roots { path, problem } => {
                match path {
                    Some(path) => write!(f, "{}: ", path.display())?,
                    None => f.write_str("extra trust anchors: ")?,
                }
                write!(f, "{problem}; give CA certificates in PEM (-----BEGIN CERTIFICATE-----)")
            }
            Self::NoRoots => f.write_str("only extra trust anchors are to be used: give at least one"),
            Self::TlsConfiguredTwice => {
                f.write_str("a TLS configuration has its own trust anchors and cryptography: give it alone")
            }
            Self::NoCryptoProvider => {
                f.write_str("no cryptography for TLS: enable feature `ring`, or give crypto_provider()")
            }
            Self::Tls(error) => {
                write!(f, "the provider of cryptography does not serve TLS 1.2 and 1.3: {error}")
            }
            Self::Proxy(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Region(error) => Some(error),
            Self::RootsFile { error, .. } => Some(error),
            Self::Tls(error) => Some(error),
            Self::Proxy(error) => Some(error),
            _ => None,
        }
    }
}
