//! What the tasks of a runner share.

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use embassy_sync::signal::Signal;

use crate::memory::Lane;
use crate::network::Network;
use crate::resolver::{Addresses, CachingResolver, NameLookupError};
use crate::settings::Settings;
use crate::shared::Shared;

pub(crate) struct RunnerContext<'r, N: Network, E, const TOKEN: usize> {
    pub(crate) network: &'r N,
    pub(crate) settings: &'r Settings<'r>,
    pub(crate) shared: &'r Shared<TOKEN>,
    pub(crate) resolver: Mutex<NoopRawMutex, CachingResolver<'r>>,
    /// One handshake at a time uses its generator.
    pub(crate) engine: Mutex<NoopRawMutex, &'r mut E>,
    /// Requests a synchronisation of the clock: it may be wrong.
    #[cfg(feature = "sntp")]
    pub(crate) clock_doubted: Signal<NoopRawMutex, ()>,
    /// The token task needs the lane that it shares with the API task.
    pub(crate) lane_requested: Signal<NoopRawMutex, ()>,
}

impl<'r, N: Network, E, const TOKEN: usize> RunnerContext<'r, N, E, TOKEN> {
    /// Returns a TCP socket for the service, not connected.
    pub(crate) fn tcp<'l>(&'l self, rx: &'l mut [u8], tx: &'l mut [u8]) -> N::Tcp<'l> {
        self.network.tcp(rx, tx, self.settings.tcp_keep_alive)
    }

    /// Looks a name up. One lookup at a time.
    pub(crate) async fn look_up(&self, host: &'r str) -> Result<Addresses, NameLookupError> {
        self.resolver.lock().await.look_up(self.network, host, || self.shared.random()).await
    }
}

#[cfg(feature = "sntp")]
impl<N: Network, E, const TOKEN: usize> RunnerContext<'_, N, E, TOKEN> {
    /// Records that TLS failed because of the dates of certificates.
    pub(crate) fn certificate_dates_failed(&self) {
        self.shared.look(|state, _| state.clock.certificate_dates_failed());
        self.clock_doubted.signal(());
    }
}

/// The memory for one connection, used by one connection at a time.
pub(crate) type LaneMutex<'r, W> = Mutex<NoopRawMutex, Lane<'r, W>>;
