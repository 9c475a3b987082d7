//! The handle of a running sandbox.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::behaviour::{Behaviour, Host};
use crate::builder::Builder;
use crate::certificates::{Authority, Certificate};
use crate::clients::Client;
use crate::connection::Shared;
use crate::record::{Connection, Received};

/// A running sandbox. It stops when dropped: ports are closed and connections ended.
pub struct Sandbox {
    pub(crate) shared: Arc<Shared>,
    authority: Authority,
    login: SocketAddr,
    api: SocketAddr,
    runtime: Handle,
    running: Option<Running>,
}

/// Dropping the first ends the second.
type Running = (oneshot::Sender<()>, JoinHandle<()>);

/// How long [`Sandbox::wait_for`] waits: longer than any client's deadline, shorter than a test runner's patience.
const WAIT: Duration = Duration::from_secs(30);

/// Setting up, and where it is.
impl Sandbox {
    /// A sandbox to be.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(
        shared: Arc<Shared>,
        authority: Authority,
        (login, api): (SocketAddr, SocketAddr),
        runtime: Handle,
        running: Running,
    ) -> Self {
        Self { shared, authority, login, api, runtime, running: Some(running) }
    }

    /// Address of the login host.
    #[must_use]
    pub fn login_addr(&self) -> SocketAddr {
        self.login
    }

    /// Address of the api host.
    #[must_use]
    pub fn api_addr(&self) -> SocketAddr {
        self.api
    }

    /// `https://localhost:<port>` of the login host; `http` in clear text.
    #[must_use]
    pub fn login_url(&self) -> String {
        self.url(self.login)
    }

    /// `https://localhost:<port>` of the api host; `http` in clear text.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.url(self.api)
    }

    /// The trust anchor as PEM. Every sandbox has another one, unless its [key](Builder::root_key) is an earlier one's.
    #[must_use]
    pub fn root_pem(&self) -> String {
        self.authority.root_pem()
    }

    /// The trust anchor as DER.
    #[must_use]
    pub fn root_der(&self) -> Vec<u8> {
        self.authority.root_der()
    }

    /// The trust anchor's private key as PEM, for [`Builder::root_key`].
    #[must_use]
    pub fn root_key_pem(&self) -> String {
        self.authority.root_key_pem()
    }

    /// Writes [`Sandbox::root_pem`] to a file.
    pub fn write_root_pem(&self, path: impl AsRef<Path>) -> io::Result<()> {
        std::fs::write(path, self.root_pem())
    }

    fn url(&self, address: SocketAddr) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://localhost:{}", address.port())
    }
}

/// What the hosts do.
impl Sandbox {
    /// Appends to what `host` does with its next requests, one behaviour each. After the last it is faithful again.
    pub fn script(&self, host: Host, behaviour: impl Into<Behaviour>) {
        self.shared.script.push(host, behaviour.into());
    }

    /// What `host` does with every request that finds the script empty, until [`Sandbox::clear_script`].
    pub fn always(&self, host: Host, behaviour: impl Into<Behaviour>) {
        self.shared.script.always(host, behaviour.into());
    }

    /// Makes `host` faithful again.
    pub fn clear_script(&self, host: Host) {
        self.shared.script.clear(host);
    }

    /// Behaviours of [`Sandbox::script`] that no request has consumed yet.
    #[must_use]
    pub fn remaining(&self, host: Host) -> usize {
        self.shared.script.remaining(host)
    }

    /// Closes all connections made so far: idle ones at once, others after the answer under way.
    pub fn close_idle_connections(&self) {
        self.shared.close_idle.send_replace(());
    }

    /// New connections to `host` are shown this certificate; TLS sessions of earlier ones are forgotten. In clear text it is an error.
    pub fn present(&self, host: Host, certificate: Certificate) -> io::Result<()> {
        let tls = self.shared.tls(host).ok_or(io::ErrorKind::Unsupported)?;
        tls.present(&self.authority, certificate)
    }
}

/// What happens inside the service.
impl Sandbox {
    /// Registers a client, or replaces it.
    pub fn add_client(&self, client: Client) {
        self.shared.service.state().clients.insert(client.id.clone(), client);
    }

    /// Deletes a client; its tokens die with it.
    pub fn remove_client(&self, id: &str) {
        let mut state = self.shared.service.state();
        state.clients.remove(id);
        state.tokens.revoke_client(id);
    }

    /// Replaces a client's secret at once, without any grace; its tokens live on.
    ///
    /// # Panics
    ///
    /// When there is no such client.
    pub fn rotate_secret(&self, id: &str, secret: &str) {
        let mut state = self.shared.service.state();
        let client = state.clients.get_mut(id);
        client.expect("a registered client's id").secret = secret.into();
    }

    /// Kills all access tokens issued so far.
    pub fn kill_tokens(&self) {
        self.shared.service.state().tokens.revoke_all();
    }

    /// Number of access tokens that would be accepted now.
    #[must_use]
    pub fn live_tokens(&self) -> usize {
        let mut state = self.shared.service.state();
        let now = state.now;
        state.tokens.live(now)
    }

    /// An authorization code, as if a user had just consented. `challenge` is PKCE's, of the method S256.
    #[must_use]
    pub fn authorization_code(&self, client_id: &str, redirect_uri: &str, challenge: Option<&str>) -> String {
        self.shared.service.state().authorize(client_id, redirect_uri, challenge)
    }

    /// Lets the service's time run ahead: tokens age, rate limit windows end.
    pub fn advance(&self, time: Duration) {
        self.shared.service.advance(time);
    }

    /// The service's clock, for who lets its time run ahead in step with another.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock { shared: Arc::clone(&self.shared) }
    }
}

/// The clock of a sandbox: see [`Sandbox::clock`].
#[derive(Clone)]
pub struct Clock {
    shared: Arc<Shared>,
}

impl Clock {
    /// As [`Sandbox::advance`].
    pub fn advance(&self, time: Duration) {
        self.shared.service.advance(time);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}

/// What has come.
impl Sandbox {
    /// All requests so far, in the order they came.
    #[must_use]
    pub fn record(&self) -> Vec<Received> {
        self.shared.record.requests()
    }

    /// All connections so far, failed handshakes included.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.shared.record.connections()
    }

    /// Forgets what has come.
    pub fn clear_record(&self) {
        self.shared.record.clear();
    }

    /// Waits until `count` requests have come since the start or the last [`Sandbox::clear_record`]. Cancel safe.
    ///
    /// # Panics
    ///
    /// After 30 seconds of real time, so that a test fails with the list of what did come.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        self.wait(move |shared| shared.record.requests().len() >= count, "requests", count).await;
        self.record()
    }

    /// Waits until `count` connections have begun, or failed to. Cancel safe.
    ///
    /// # Panics
    ///
    /// As [`Sandbox::wait_for`].
    pub async fn wait_for_connections(&self, count: usize) -> Vec<Connection> {
        self.wait(move |shared| shared.record.connections().len() >= count, "connections", count).await;
        self.connections()
    }

    async fn wait(&self, enough: impl Fn(&Shared) -> bool + Send + Sync + 'static, what: &str, count: usize) {
        let shared = Arc::clone(&self.shared);
        // On the sandbox's runtime: the caller's time may be paused.
        let waiting = self
            .runtime
            .spawn(async move { timeout(WAIT, shared.record.grown(|_| enough(&shared))).await.is_ok() });
        if !waiting.await.unwrap_or(false) {
            let (requests, connections) = (self.record(), self.connections());
            panic!("no {count} {what} in {WAIT:?}, but {requests:#?} over {connections:#?}");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("login", &self.login).field("api", &self.api).finish_non_exhaustive()
    }
}
