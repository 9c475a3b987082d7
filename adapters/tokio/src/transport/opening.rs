//! Who opens the connection that all calls of a runtime share: one of them, while the others wait.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ClientConfig;
use tokio::runtime::{self, Handle};
use tokio::sync::{Mutex as Turns, MutexGuard};

use super::connect::ALPN_HTTP2;
use super::progress::Progress;

/// The shared connections of a host that are being opened.
pub(super) struct Openings {
    /// HTTP/2 is offered, and the host has not chosen another protocol the last time.
    may_share: AtomicBool,
    is_offered: bool,
    /// By runtime: one that is not run must not hold another one up.
    of_runtimes: Mutex<HashMap<runtime::Id, Arc<Opening>>>,
}

/// The opening of one shared connection after another.
#[derive(Default)]
pub(super) struct Opening {
    turns: Turns<()>,
    /// How far the current one came, also for those who wait for it.
    pub(super) progress: Progress,
}

impl Openings {
    pub(super) fn new(tls: &ClientConfig) -> Self {
        let is_offered = tls.alpn_protocols.iter().any(|name| name == ALPN_HTTP2);
        Self { may_share: AtomicBool::new(is_offered), is_offered, of_runtimes: Mutex::default() }
    }

    /// Returns whether the next connection may be one of HTTP/2.
    pub(super) fn may_share(&self) -> bool {
        self.may_share.load(Ordering::Acquire)
    }

    /// Records what the host has chosen.
    pub(super) fn set_shares(&self, shares: bool) {
        self.may_share.store(shares && self.is_offered, Ordering::Release);
    }

    pub(super) fn of_this_runtime(&self) -> Arc<Opening> {
        let mut of_runtimes = self.of_runtimes.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that no call waits for: their runtimes may have ended.
        of_runtimes.retain(|_, opening| Arc::strong_count(opening) > 1);
        of_runtimes.entry(Handle::current().id()).or_default().clone()
    }
}

impl Opening {
    /// Waits until no other call is opening a connection, first come, first served. Dropping the future leaves the queue.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turns.lock().await
    }
}
