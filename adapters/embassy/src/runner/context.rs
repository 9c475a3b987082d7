//! What the tasks of a runner share.

use embassy_net::Stack;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use embassy_sync::signal::Signal;

use crate::memory::Lane;
use crate::resolver::{Addresses, NameLookupError, Resolver};
use crate::settings::Settings;
use crate::shared::Shared;

pub(crate) struct RunnerContext<'r, E, const TOKEN: usize> {
    pub(crate) stack: Stack<'r>,
    pub(crate) settings: &'r Settings<'r>,
    pub(crate) shared: &'r Shared<TOKEN>,
    pub(crate) resolver: Mutex<NoopRawMutex, Resolver<'r>>,
    /// One handshake at a time uses its generator.
    pub(crate) engine: Mutex<NoopRawMutex, &'r mut E>,
    /// Requests a synchronisation of the clock: it may be wrong.
    #[cfg(feature = "sntp")]
    pub(crate) clock_doubted: Signal<NoopRawMutex, ()>,
    /// The token task needs the lane that it shares with the API task.
    pub(crate) lane_requested: Signal<NoopRawMutex, ()>,
}

impl<'r, E, const TOKEN: usize> RunnerContext<'r, E, TOKEN> {
    /// Looks a name up. One lookup at a time.
    pub(crate) async fn look_up(&self, host: &'r str) -> Result<Addresses, NameLookupError> {
        self.resolver.lock().await.look_up(self.stack, host, || self.shared.random()).await
    }
}

#[cfg(feature = "sntp")]
impl<E, const TOKEN: usize> RunnerContext<'_, E, TOKEN> {
    /// Records that TLS failed because of the dates of certificates.
    pub(crate) fn certificate_dates_failed(&self) {
        self.shared.look(|state, _| state.clock.certificate_dates_failed());
        self.clock_doubted.signal(());
    }
}

/// The memory for one connection, used by one connection at a time.
pub(crate) type LaneMutex<'r, W> = Mutex<NoopRawMutex, Lane<'r, W>>;
