//! Configuration and start of a sandbox.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use core::sync::atomic::AtomicU64;
use core::time::Duration;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use tokio::runtime;
use tokio::sync::{oneshot, watch};

use crate::behaviour::Host;
use crate::certificates::{Authority, Certificate};
use crate::clients::Client;
use crate::connection::{Observer, Shared, listen};
use crate::limits::RateLimit;
use crate::record::{Received, Record};
use crate::routing::Listener;
use crate::sandbox::Sandbox;
use crate::script::Script;
use crate::service::Service;
use crate::state::{BasicDecoding, Settings, Urls};
use crate::tls::{TlsHost, TlsVersions};

/// The settings of a sandbox; all have defaults.
#[must_use = "the sandbox runs only after `start`"]
pub struct Builder {
    settings: Settings,
    address: IpAddr,
    ports: (u16, u16),
    certificates: (Certificate, Certificate),
    versions: TlsVersions,
    one_port: Option<u16>,
    keep_record: bool,
    clear_text: bool,
    root_key: Option<String>,
    observer: Option<Observer>,
}

/// The entry point.
impl Sandbox {
    /// Returns the settings of a new sandbox.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Builder {
    fn new() -> Self {
        let settings = Settings {
            clients: Vec::new(),
            organization: "sandbox".into(),
            token_lifetime: Duration::from_secs(86_400),
            idle_timeout: None,
            token_limit: None,
            api_limit: None,
            basic: BasicDecoding::Literal,
        };
        Self {
            settings,
            address: Ipv4Addr::LOCALHOST.into(),
            ports: (0, 0),
            certificates: (Certificate::Valid, Certificate::Valid),
            versions: TlsVersions::Both,
            one_port: None,
            keep_record: true,
            clear_text: false,
            root_key: None,
            observer: None,
        }
    }

    /// Registers a client. Without a registered client, [`Client::demo`] is registered at the start.
    pub fn client(mut self, client: Client) -> Self {
        self.settings.clients.push(client);
        self
    }

    /// Sets the organisation's name, which SAML token requests have to state as `orgName`. Default `"sandbox"`.
    pub fn organization(mut self, name: &str) -> Self {
        self.settings.organization = name.into();
        self
    }

    /// Sets the lifetime of access tokens; `expires_in` is one second shorter, as in the real service. Default 86,400 s.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.token_lifetime = lifetime;
        self
    }

    /// Sets the organisation's inactivity timeout: access tokens not used for this long become invalid, and no refresh tokens are
    /// issued. Default none.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.idle_timeout = Some(timeout);
        self
    }

    /// Sets the token endpoint's rate limit per client id, answered with status 400. Default none.
    pub fn token_rate_limit(mut self, limit: RateLimit) -> Self {
        self.settings.token_limit = Some(limit);
        self
    }

    /// Sets the Platform API's rate limit per access token, answered with status 429. Default none.
    pub fn api_rate_limit(mut self, limit: RateLimit) -> Self {
        self.settings.api_limit = Some(limit);
        self
    }

    /// Sets the listen address of both hosts. Default 127.0.0.1; another address serves clients on a network interface of their
    /// own. `::` listens on every address of the machine, IPv4 and IPv6.
    pub fn address(mut self, address: impl Into<IpAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// Sets the port of the login host. Default 0: a free port.
    pub fn login_port(mut self, port: u16) -> Self {
        self.ports.0 = port;
        self
    }

    /// Sets the port of the API host. Default 0: a free port.
    pub fn api_port(mut self, port: u16) -> Self {
        self.ports.1 = port;
        self
    }

    /// Serves both hosts on this port: requests to `/oauth/` are for the login host, all others for the API host. A client that
    /// sends the server name `login.…` or `api.…` selects the host by that. The certificate is the login host's. 0 selects a
    /// free port. Default: a port for each host.
    pub fn one_port(mut self, port: u16) -> Self {
        self.one_port = Some(port);
        self
    }

    /// Sets how id and secret of Basic client authentication are decoded. Default [`BasicDecoding::Literal`].
    pub fn basic_decoding(mut self, decoding: BasicDecoding) -> Self {
        self.settings.basic = decoding;
        self
    }

    /// Keeps no record of requests and connections: for load tests and long runs.
    pub fn without_record(mut self) -> Self {
        self.keep_record = false;
        self
    }

    /// Sets the certificate that `host` presents. Default [`Certificate::Valid`].
    pub fn certificate(mut self, host: Host, certificate: Certificate) -> Self {
        match host {
            Host::Login => self.certificates.0 = certificate,
            Host::Api => self.certificates.1 = certificate,
        }
        self
    }

    /// Sets the TLS versions of both hosts. Default [`TlsVersions::Both`].
    pub fn tls_versions(mut self, versions: TlsVersions) -> Self {
        self.versions = versions;
        self
    }

    /// Serves HTTP without TLS on both hosts, for clients that have no TLS.
    pub fn clear_text(mut self) -> Self {
        self.clear_text = true;
        self
    }

    /// Sets the private key of the trust anchor, from [`Sandbox::root_key_pem`] of an earlier sandbox: clients that trust the
    /// earlier sandbox also trust this one, as after a restart of the service. Default: a new key.
    pub fn root_key(mut self, pem: &str) -> Self {
        self.root_key = Some(pem.into());
        self
    }

    /// Calls `observer` for each request before it is answered, on the sandbox's thread. `Display` of [`Received`] is a log line
    /// without secrets.
    pub fn on_request(mut self, observer: impl Fn(&Received) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Starts the sandbox. Both ports accept connections when this returns.
    ///
    /// The sandbox runs on its own thread: a test may block its thread or pause the clock of its tokio runtime.
    #[expect(
        clippy::unused_async,
        reason = "a later version may have to await the start; callers stay unchanged"
    )]
    pub async fn start(self) -> io::Result<Sandbox> {
        self.start_blocking()
    }

    /// [`Builder::start`] for callers without an async runtime.
    pub fn start_blocking(mut self) -> io::Result<Sandbox> {
        if self.settings.clients.is_empty() {
            self.settings.clients.push(Client::demo());
        }
        let authority = match &self.root_key {
            None => Authority::new()?,
            Some(pem) => Authority::with_root_key(pem)?,
        };
        let tls = if self.clear_text {
            None
        } else {
            let host = |certificate| TlsHost::new(&authority, certificate, self.versions);
            Some((host(self.certificates.0)?, host(self.certificates.1)?))
        };
        let (login, api) = self.bind()?;
        let login_address = login.local_addr()?;
        let api_address = api.as_ref().map_or(Ok(login_address), TcpListener::local_addr)?;
        let scheme = if self.clear_text { "http" } else { "https" };
        let url = |port: u16| format!("{scheme}://localhost:{port}");
        let urls = Urls { login: url(login_address.port()), api: url(api_address.port()) };
        let shared = Arc::new(Shared {
            script: Script::default(),
            record: Record::new(self.keep_record),
            service: Service::new(self.settings, urls),
            tls,
            close_idle: watch::Sender::new(()),
            connections: AtomicU64::new(0),
            observer: self.observer,
        });
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        {
            let _guard = runtime.enter();
            let first = if api.is_some() { Listener::Only(Host::Login) } else { Listener::Both };
            let second = api.map(|socket| (Listener::Only(Host::Api), socket));
            for (listener, socket) in [(first, login)].into_iter().chain(second) {
                let socket = tokio::net::TcpListener::from_std(socket)?;
                runtime.spawn(listen(Arc::clone(&shared), listener, socket));
            }
        }
        let thread = std::thread::Builder::new().name("sandbox".into()).spawn(move || {
            // Dropping the runtime ends listeners and connections. The sender never sends, it is dropped.
            let _ = runtime.block_on(stopped);
        })?;
        Ok(Sandbox::new(shared, authority, (login_address, api_address), handle, (stop, thread)))
    }

    /// Binds the login host's socket, and the API host's unless both share a port.
    fn bind(&self) -> io::Result<(TcpListener, Option<TcpListener>)> {
        Ok(match self.one_port {
            Some(port) => (bind(self.address, port)?, None),
            None => (bind(self.address, self.ports.0)?, Some(bind(self.address, self.ports.1)?)),
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("settings", &self.settings)
            .field("ports", &self.ports)
            .finish_non_exhaustive()
    }
}

fn bind(address: IpAddr, port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((address, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
