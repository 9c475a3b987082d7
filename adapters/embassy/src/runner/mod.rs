//! The runner: the task that does a client's work.
//!
//! [`Runner::run`] polls three tasks: `token_task` keeps the access token fresh, `api_task` executes the commands of API calls, and
//! `time_sync` sets the clock. `connect` provides both of the former with authenticated connections; `exchange` is the HTTP exchange
//! for a token.

mod api_task;
mod connect;
mod context;
mod exchange;
#[cfg(feature = "sntp")]
mod time_sync;
mod token_task;

use core::fmt;

use embassy_futures::select::{select, select3};
use embassy_sync::mutex::Mutex;
use embassy_sync::signal::Signal;
use genesys_token_tls::TlsEngine;
use zeroize::Zeroize;

use crate::client::TokenClient;
use crate::credentials::CredentialSource;
use crate::memory::{Lane, Memory};
use crate::network::Network;
use crate::resolver::CachingResolver;
use crate::settings::Settings;
use crate::shared::Shared;
use api_task::ApiTask;
use context::RunnerContext;
use token_task::TokenTask;

/// The background work of a client. One task of the program awaits [`Runner::run`].
pub struct Runner<'m, N, E: TlsEngine, C, const TOKEN: usize> {
    network: N,
    settings: Settings<'m>,
    engine: E,
    credentials: C,
    shared: &'m Shared<TOKEN>,
    /// The first one is for the login host. Without a second one both hosts use it, one at a time.
    lanes: [Option<Lane<'m, E::Workspace>>; 2],
    heads: &'m mut [u8],
    body: &'m mut [u8],
}

/// Creates a client and its runner. Does no I/O.
///
/// `network`: embassy-net's `Stack`, or any other [`Network`].
/// `engine`: [`Tls13`](genesys_token_tls::Tls13) over the device's cryptographic generator. Its workspace is wiped
/// after each connection.
/// `credentials` is asked at every exchange. The contents of `memory` from an earlier client are discarded.
pub fn new<
    'm,
    N: Network,
    E: TlsEngine<Workspace: Zeroize>,
    C: CredentialSource,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
>(
    network: N,
    settings: Settings<'m>,
    engine: E,
    credentials: C,
    memory: &'m mut Memory<E::Workspace, LANES, TOKEN, HEADS, BODY, RX, TX>,
) -> (TokenClient<'m, TOKEN>, Runner<'m, N, E, C, TOKEN>) {
    let memory = memory.lend();
    memory.shared.set_up(&settings);
    let shared = &*memory.shared;
    let client = TokenClient::new(shared, memory.api_heads);
    let runner = Runner {
        network,
        settings,
        engine,
        credentials,
        shared,
        lanes: memory.lanes,
        heads: memory.heads,
        body: memory.body,
    };
    (client, runner)
}

impl<N: Network, E: TlsEngine<Workspace: Zeroize>, C: CredentialSource, const TOKEN: usize>
    Runner<'_, N, E, C, TOKEN>
{
    /// Keeps the token fresh, the clock set, and the connection to the API host alive between calls. Returns when the client
    /// is closed.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connections and abandons an exchange in flight; another `run()` may begin one at once. Until
    /// then API calls fail with [`NotRunning`](crate::TransportErrorKind::NotRunning), callers that wait for a token continue to
    /// wait, and a valid token continues to be served.
    pub async fn run(&mut self) {
        let Self { network, settings, engine, credentials, shared, lanes, heads, body } = self;
        let (network, settings, shared) = (&*network, &*settings, *shared);
        let [login_lane, api_lane] =
            lanes.each_mut().map(|lane| lane.as_mut().map(|lane| Mutex::new(lane.reborrow())));
        // `Memory` has one lane at least.
        let Some(login_lane) = login_lane else { return };
        let context = RunnerContext {
            network,
            settings,
            shared,
            resolver: Mutex::new(CachingResolver::new()),
            engine: Mutex::new(engine),
            #[cfg(feature = "sntp")]
            clock_doubted: Signal::new(),
            lane_requested: Signal::new(),
        };
        let _channel = OpenChannel::new(shared);
        let token_task = TokenTask::new(&context, credentials, api_lane.is_none());
        let api_task = ApiTask::new(&context);
        let tasks = select3(
            token_task.run(&login_lane, heads, body),
            api_task.run(api_lane.as_ref().unwrap_or(&login_lane)),
            sync_time(&context),
        );
        select(shared.closed(), tasks).await;
    }
}

#[cfg(feature = "sntp")]
async fn sync_time<N: Network, E, const TOKEN: usize>(context: &RunnerContext<'_, N, E, TOKEN>) {
    time_sync::run(context).await;
}

#[cfg(not(feature = "sntp"))]
async fn sync_time<N: Network, E, const TOKEN: usize>(_context: &RunnerContext<'_, N, E, TOKEN>) {
    core::future::pending::<()>().await;
}

/// Keeps the API channel open while it exists.
struct OpenChannel<'r, const TOKEN: usize>(&'r Shared<TOKEN>);

impl<'r, const TOKEN: usize> OpenChannel<'r, TOKEN> {
    fn new(shared: &'r Shared<TOKEN>) -> Self {
        if !shared.is_closed() {
            shared.api_channel.open();
        }
        Self(shared)
    }
}

impl<const TOKEN: usize> Drop for OpenChannel<'_, TOKEN> {
    fn drop(&mut self) {
        self.0.api_channel.close();
    }
}

impl<N, E: TlsEngine, C, const TOKEN: usize> fmt::Debug for Runner<'_, N, E, C, TOKEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("settings", &self.settings).finish_non_exhaustive()
    }
}
