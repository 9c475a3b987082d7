//! Connections of consumers: accepted, counted, served, drained.

mod connection;
mod draining;
mod first_byte;
mod listener;
mod memory;
mod state;

use std::sync::Arc;
use std::time::Duration;

pub use listener::ListenError;
pub(crate) use listener::Listeners;
use state::Place;
pub(crate) use state::Server;

/// Pause after a failed `accept`, for example when file descriptors run out: an immediate retry would only use CPU time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

impl Server {
    /// Serves a stream that is not a socket. `None` beyond the limits.
    #[cfg(feature = "_fuzzing")]
    pub(crate) fn serve_stream(
        self: &Arc<Self>,
        stream: tokio::io::DuplexStream,
        peer: crate::peer::Peer,
    ) -> Option<impl Future<Output = ()> + Send + 'static> {
        Place::take(self, peer.key()).map(|place| connection::http(place, stream, peer))
    }

    /// Accepts connections until draining begins.
    pub(crate) async fn accept(self: &Arc<Self>, listeners: &Listeners) {
        loop {
            let accepted = tokio::select! {
                accepted = listeners.accept() => accepted,
                () = self.draining.wait() => return,
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
}
