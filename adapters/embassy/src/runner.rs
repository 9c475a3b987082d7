//! The task that works for a client.

use core::fmt;

use embassy_futures::select::{select, select3};
use embassy_net::Stack;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use embassy_sync::signal::Signal;
use genesys_token_tls::TlsEngine;
use zeroize::Zeroize;

use crate::client::TokenClient;
#[cfg(feature = "sntp")]
use crate::clock::sntp::keep_time;
use crate::credentials::CredentialSource;
use crate::driver::Driver;
use crate::memory::{Lane, Memory, Work};
use crate::serve::Server;
use crate::settings::Settings;
use crate::shared::Shared;

/// Works for a client: its task awaits [`Runner::run`].
pub struct Runner<
    'm,
    E: TlsEngine,
    C,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
> {
    stack: Stack<'m>,
    settings: Settings<'m>,
    engine: E,
    credentials: C,
    shared: &'m Shared<TOKEN>,
    work: &'m mut Work<E::Workspace, LANES, HEADS, BODY, RX, TX>,
}

/// Makes a client and the runner that works for it. Does no I/O.
///
/// `engine`: [`EmbeddedTls`](genesys_token_tls::EmbeddedTls) over the device's cryptographic generator. Its workspace is wiped
/// after each connection.
/// `credentials` is asked at every exchange. What is in `memory` from a former client is forgotten.
pub fn client<
    'm,
    E: TlsEngine<Workspace: Zeroize>,
    C: CredentialSource,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
>(
    stack: Stack<'m>,
    settings: Settings<'m>,
    engine: E,
    credentials: C,
    memory: &'m mut Memory<E::Workspace, LANES, TOKEN, HEADS, BODY, RX, TX>,
) -> (TokenClient<'m, TOKEN, HEADS>, Runner<'m, E, C, LANES, TOKEN, HEADS, BODY, RX, TX>) {
    let Memory { shared, heads, work } = memory;
    shared.set_up(&settings);
    let shared = &*shared;
    (TokenClient::new(shared, heads), Runner { stack, settings, engine, credentials, shared, work })
}

impl<
    E: TlsEngine<Workspace: Zeroize>,
    C: CredentialSource,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
> Runner<'_, E, C, LANES, TOKEN, HEADS, BODY, RX, TX>
{
    /// Keeps the token fresh, the clock right, and the connection to the api host alive between calls. Returns when
    /// the client is closed.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connections; an exchange in flight is given up and may be begun again by another
    /// `run()` at once. Until then callers of the API get
    /// [`NotRunning`](crate::TransportErrorKind::NotRunning), those who wait for a token go on waiting, and a token that
    /// is there goes on being served.
    pub async fn run(&mut self) {
        let Self { stack, settings, engine, credentials, shared, work } = self;
        let (stack, settings, shared) = (*stack, &*settings, *shared);
        let Work { lanes, heads, body } = &mut **work;
        let lanes = lanes.each_mut().map(Mutex::new);
        let (Some(login), Some(api)) = (lanes.first(), lanes.last()) else {
            return;
        };
        let common =
            Common { stack, settings, shared, engine: Mutex::new(engine), lane_wanted: Signal::new() };
        let _attending = Attending::new(shared);
        let driver = Driver::new(&common, credentials, LANES == 1);
        let server = Server::new(&common);
        let work = select3(driver.keep_fresh(login, heads, body), server.serve(api), keep_clock(&common));
        select(shared.closed(), work).await;
    }
}

/// What the parts of a runner have in common.
pub(crate) struct Common<'r, E, const TOKEN: usize> {
    pub(crate) stack: Stack<'r>,
    pub(crate) settings: &'r Settings<'r>,
    pub(crate) shared: &'r Shared<TOKEN>,
    /// Its generator serves one handshake at a time.
    pub(crate) engine: Mutex<NoopRawMutex, &'r mut E>,
    /// The only lane is needed to ask for a token.
    pub(crate) lane_wanted: Signal<NoopRawMutex, ()>,
}

/// A lane, for one connection at a time.
pub(crate) type LaneLock<'r, W, const RX: usize, const TX: usize> =
    Mutex<NoopRawMutex, &'r mut Lane<W, RX, TX>>;

#[cfg(feature = "sntp")]
async fn keep_clock<E, const TOKEN: usize>(common: &Common<'_, E, TOKEN>) {
    keep_time(common.stack, common.settings, common.shared).await;
}

#[cfg(not(feature = "sntp"))]
async fn keep_clock<E, const TOKEN: usize>(_common: &Common<'_, E, TOKEN>) {
    core::future::pending::<()>().await;
}

/// Callers of the API are served while this lives.
struct Attending<'r, const TOKEN: usize>(&'r Shared<TOKEN>);

impl<'r, const TOKEN: usize> Attending<'r, TOKEN> {
    fn new(shared: &'r Shared<TOKEN>) -> Self {
        if !shared.is_closed() {
            shared.desk.attend();
        }
        Self(shared)
    }
}

impl<const TOKEN: usize> Drop for Attending<'_, TOKEN> {
    fn drop(&mut self) {
        self.0.desk.shut();
    }
}

impl<
    E: TlsEngine,
    C,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
> fmt::Debug for Runner<'_, E, C, LANES, TOKEN, HEADS, BODY, RX, TX>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("settings", &self.settings).finish_non_exhaustive()
    }
}
