//! The request path without sockets, for the fuzz targets. Not part of the public API: it may change at any time.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::Runtime;

use crate::config::Config;
use crate::http::Handler;
use crate::metrics::Metrics;
use crate::own_token::TokenKey;
use crate::peer::Peer;
use crate::registry::{Current, Registry};
use crate::server::Server;

/// Two consumers of a client whose secret cannot be read, so that nothing is ever sent to its hosts. User 1 is the first; the second has
/// the id `remote` and the secret `secret`.
const CONFIG: &str = r#"
state_directory = "/nowhere"
[clients.main]
login_url = "https://login.example"
api_url = "https://api.example"
client_id = "client"
client_secret_file = "/nowhere/secret"
[consumers.user]
users = ["1"]
[consumers.remote]
id = "remote"
secret_sha256 = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
access = "forward"
"#;

/// More than any input of a fuzz target and its answers.
const PIPE: usize = 1 << 20;

/// How often the other tasks may run after the input has been sent.
const TURNS: usize = 64;

/// A broker without sockets.
pub struct Broker {
    runtime: Runtime,
    server: Arc<Server>,
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker").finish_non_exhaustive()
    }
}

impl Broker {
    /// Makes a broker of a fixed configuration.
    ///
    /// # Errors
    /// What cannot be set up.
    pub fn new() -> Result<Self, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| text(&error))?;
        let config = Config::parse(CONFIG).map_err(|error| text(&error))?;
        let key = Arc::new(TokenKey::random().map_err(|error| text(&error))?);
        let registry = Registry::new(&config, key, None).map_err(|error| text(&error))?;
        let handler = Handler { current: Current::new(registry), metrics: Metrics::new() };
        Ok(Self { runtime, server: Arc::new(Server::new(handler)) })
    }

    /// Sends these bytes over a connection, and returns what was answered before the broker waited for more or for the service.
    #[must_use]
    pub fn answer(&self, input: &[u8], is_known: bool) -> Vec<u8> {
        let peer = if is_known {
            Peer::Unix { uid: 1, gid: 65_534 }
        } else {
            Peer::Tcp(IpAddr::V4(Ipv4Addr::LOCALHOST))
        };
        self.runtime.block_on(async {
            let (mut consumer, stream) = tokio::io::duplex(PIPE);
            let Some(connection) = self.server.serve_stream(stream, peer) else { return Vec::new() };
            let connection = tokio::spawn(connection);
            // The pipe holds the whole input.
            let _ = consumer.write_all(input).await;
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            connection.abort();
            let _ = connection.await;
            let mut answer = Vec::new();
            let _ = consumer.read_to_end(&mut answer).await;
            answer
        })
    }
}
