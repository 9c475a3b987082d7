//! The server's state: the open connections, and whether it is draining.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;

use super::draining::Draining;
use super::memory::Release;
use crate::http::Handler;
use crate::peer::PeerKey;

/// Serves connections until draining begins.
pub(crate) struct Server {
    pub(crate) handler: Handler,
    open: Mutex<Open>,
    release: Release,
    pub(super) draining: Draining,
}

/// Open connections.
#[derive(Default)]
struct Open {
    all: usize,
    by_peer: HashMap<PeerKey, usize>,
}

impl Server {
    pub(crate) fn new(handler: Handler) -> Self {
        Self {
            handler,
            open: Mutex::new(Open::default()),
            release: Release::default(),
            draining: Draining::default(),
        }
    }

    /// Lets requests in flight finish, for at most this long, and closes idle connections at once.
    pub(crate) async fn drain(&self, timeout: Duration) {
        self.draining.begin();
        let _ = tokio::time::timeout(timeout, async {
            while self.lock().all > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A permit of an open connection, which is released on drop.
pub(super) struct Place {
    pub(super) server: Arc<Server>,
    key: PeerKey,
}

impl Place {
    pub(super) fn take(server: &Arc<Server>, key: PeerKey) -> Option<Self> {
        let limits = server.handler.current.registry().limits.clone();
        let mut open = server.lock();
        let of_peer = open.by_peer.get(&key).copied().unwrap_or(0);
        if open.all >= limits.connections || of_peer >= limits.connections_per_peer {
            return None;
        }
        open.all += 1;
        open.by_peer.insert(key, of_peer + 1);
        drop(open);
        server.handler.metrics.connection_opened();
        Some(Self { server: server.clone(), key })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.server.lock();
        open.all -= 1;
        if let Some(count) = open.by_peer.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                open.by_peer.remove(&self.key);
            }
        }
        drop(open);
        self.server.handler.metrics.connection_closed();
        // Connections end on the runtime; when that ends itself, there is nothing to give back.
        if let Ok(runtime) = Handle::try_current()
            && self.server.release.plan()
        {
            let server = self.server.clone();
            drop(runtime.spawn(async move { server.release.run().await }));
        }
    }
}
