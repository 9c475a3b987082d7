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
use crate::certificates::{Authority, Certificate};
use crate::clients::Client;
use crate::connection::Shared;
use crate::record::{Connection, Received};

/// A running sandbox. Dropping it closes its ports and connections.
pub struct Sandbox {
    pub(crate) shared: Arc<Shared>,
    authority: Authority,
    login: SocketAddr,
    api: SocketAddr,
    runtime: Handle,
    running: Option<Running>,
}

/// The stop signal and the thread; dropping the signal ends the thread.
type Running = (oneshot::Sender<()>, JoinHandle<()>);

/// The timeout of [`Sandbox::wait_for`]: longer than any client's deadline, shorter than a test runner's timeout.
const WAIT: Duration = Duration::from_secs(30);

/// Configuration and addresses.
impl Sandbox {
    pub(crate) fn new(
        shared: Arc<Shared>,
        authority: Authority,
        (login, api): (SocketAddr, SocketAddr),
        runtime: Handle,
        running: Running,
    ) -> Self {
        Self { shared, authority, login, api, runtime, running: Some(running) }
    }

    /// Returns the address of the login host.
    #[must_use]
    pub fn login_addr(&self) -> SocketAddr {
        self.login
    }

    /// Returns the address of the API host.
    #[must_use]
    pub fn api_addr(&self) -> SocketAddr {
        self.api
    }

    /// Returns `https://localhost:<port>` of the login host; `http` without TLS.
    #[must_use]
    pub fn login_url(&self) -> String {
        self.url(self.login)
    }

    /// Returns `https://localhost:<port>` of the API host; `http` without TLS.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.url(self.api)
    }

    /// Returns the trust anchor as PEM. Each sandbox creates its own, unless a [key](crate::Builder::root_key) is set.
    #[must_use]
    pub fn root_pem(&self) -> String {
        self.authority.root_pem()
    }

    /// Returns the trust anchor as DER.
    #[must_use]
    pub fn root_der(&self) -> Vec<u8> {
        self.authority.root_der()
    }

    /// Returns the trust anchor's private key as PEM, for [`Builder::root_key`](crate::Builder::root_key).
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

/// Fault injection.
impl Sandbox {
    /// Appends a behaviour to the queue of `host`: one behaviour per request, then regular answers.
    pub fn script(&self, host: Host, behaviour: impl Into<Behaviour>) {
        self.shared.script.push(host, behaviour.into());
    }

    /// Sets the behaviour of `host` for every request while its queue is empty, until [`Sandbox::clear_script`].
    pub fn always(&self, host: Host, behaviour: impl Into<Behaviour>) {
        self.shared.script.always(host, behaviour.into());
    }

    /// Removes all behaviours of `host`: it gives regular answers again.
    pub fn clear_script(&self, host: Host) {
        self.shared.script.clear(host);
    }

    /// Returns the number of behaviours of [`Sandbox::script`] that no request has consumed yet.
    #[must_use]
    pub fn remaining(&self, host: Host) -> usize {
        self.shared.script.remaining(host)
    }

    /// Closes all open connections: idle ones immediately, others after the current answer.
    pub fn close_idle_connections(&self) {
        self.shared.close_idle.send_replace(());
    }

    /// Sets the certificate of new connections to `host` and discards earlier TLS sessions. An error without TLS.
    pub fn present(&self, host: Host, certificate: Certificate) -> io::Result<()> {
        let tls = self.shared.tls(host).ok_or(io::ErrorKind::Unsupported)?;
        tls.present(&self.authority, certificate)
    }
}

/// Changes of the service's state.
impl Sandbox {
    /// Registers or replaces a client.
    pub fn add_client(&self, client: Client) {
        self.shared.service.state().clients.insert(client.id.clone(), client);
    }

    /// Deletes a client and revokes its tokens.
    pub fn remove_client(&self, id: &str) {
        let mut state = self.shared.service.state();
        state.clients.remove(id);
        state.tokens.revoke_client(id);
    }

    /// Replaces a client's secret immediately, without a grace period; its tokens stay valid.
    ///
    /// # Panics
    ///
    /// If the client does not exist.
    pub fn rotate_secret(&self, id: &str, secret: &str) {
        let mut state = self.shared.service.state();
        let client = state.clients.get_mut(id);
        client.expect("the id of a registered client").secret = secret.into();
    }

    /// Revokes all access tokens.
    pub fn kill_tokens(&self) {
        self.shared.service.state().tokens.revoke_all();
    }

    /// Returns the number of valid access tokens.
    #[must_use]
    pub fn live_tokens(&self) -> usize {
        let mut state = self.shared.service.state();
        let now = state.now;
        state.tokens.live(now)
    }

    /// Issues an authorization code, as after a user's consent. `challenge` is the PKCE code challenge (method S256).
    #[must_use]
    pub fn authorization_code(&self, client_id: &str, redirect_uri: &str, challenge: Option<&str>) -> String {
        self.shared.service.state().authorize(client_id, redirect_uri, challenge)
    }

    /// Advances the service's clock: tokens age and rate limit windows end.
    pub fn advance(&self, time: Duration) {
        self.shared.service.advance(time);
    }

    /// Returns the service's clock, to advance it together with another clock.
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
    /// Advances the clock; see [`Sandbox::advance`].
    pub fn advance(&self, time: Duration) {
        self.shared.service.advance(time);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}

/// The record.
impl Sandbox {
    /// Returns all requests so far, in the order of arrival.
    #[must_use]
    pub fn record(&self) -> Vec<Received> {
        self.shared.record.requests()
    }

    /// Returns all connections so far, including failed handshakes.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.shared.record.connections()
    }

    /// Clears the record.
    pub fn clear_record(&self) {
        self.shared.record.clear();
    }

    /// Waits until `count` requests have arrived since the start or the last [`Sandbox::clear_record`]. Cancel safe.
    ///
    /// # Panics
    ///
    /// After 30 seconds of real time, with the list of recorded requests and connections.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        self.wait(move |shared| shared.record.requests().len() >= count, "requests", count).await;
        self.record()
    }

    /// Waits until `count` connections have been accepted, including failed handshakes. Cancel safe.
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
        // On the sandbox's runtime: the caller's clock may be paused.
        let waiting = self
            .runtime
            .spawn(async move { timeout(WAIT, shared.record.wait_until(|_| enough(&shared))).await.is_ok() });
        if !waiting.await.unwrap_or(false) {
            let (requests, connections) = (self.record(), self.connections());
            panic!("fewer than {count} {what} after {WAIT:?}: {requests:#?} on {connections:#?}");
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
