//! Connections of consumers: accepted, counted, served, drained.

mod connection;
mod first_byte;
mod listener;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub use listener::ListenError;
pub(crate) use listener::Listeners;

use crate::http::Handler;
use crate::peer::PeerKey;

/// Pause after a failed `accept`, as when file descriptors run out: trying again at once would only burn CPU time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until it is told to drain.
pub(crate) struct Server {
    pub(crate) handler: Handler,
    open: Mutex<Open>,
    draining: watch::Sender<bool>,
}

/// Open connections.
#[derive(Default)]
struct Open {
    all: usize,
    by_peer: HashMap<PeerKey, usize>,
}

impl Server {
    pub(crate) fn new(handler: Handler) -> Self {
        Self { handler, open: Mutex::new(Open::default()), draining: watch::Sender::new(false) }
    }

    /// Accepts connections until draining begins.
    pub(crate) async fn accept(self: &Arc<Self>, listeners: &Listeners) {
        let mut draining = self.draining.subscribe();
        loop {
            let accepted = tokio::select! {
                accepted = listeners.accept() => accepted,
                () = drained(&mut draining) => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    if let Some(place) = Place::take(self, peer.key()) {
                        drop(tokio::spawn(connection::serve(place, stream, peer)));
                    } else {
                        tracing::warn!(
                            ?peer,
                            "a connection was closed: `connections` or `connections_per_peer` is reached"
                        );
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Lets requests under way finish, for at most this long, and closes idle connections at once.
    pub(crate) async fn drain(&self, timeout: Duration) {
        self.draining.send_replace(true);
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

/// Waits until draining begins.
async fn drained(draining: &mut watch::Receiver<bool>) {
    // The sender lives as long as the server.
    let _ = draining.wait_for(|draining| *draining).await;
}

/// A connection's place among the open ones; left when it is dropped.
struct Place {
    server: Arc<Server>,
    key: PeerKey,
}

impl Place {
    fn take(server: &Arc<Server>, key: PeerKey) -> Option<Self> {
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
    }
}
