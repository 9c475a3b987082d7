//! The process: start, reload, drain, end.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::{Config, ConfigError};
use crate::hardening;
use crate::http::Handler;
use crate::metrics::Metrics;
use crate::own_token::TokenKey;
use crate::registry::{Current, Registry, RegistryError};
use crate::server::{ListenError, Listeners, Server};
use crate::service_manager;
use crate::watch::FileWatch;

/// The time that requests in flight may take after SIGTERM.
const DRAIN: Duration = Duration::from_secs(25);

/// The pause between the first exchanges of two clients. Reading credentials and resolving names take a thread, which the next one uses
/// again: ten at once would have ten, with memory of their own. A consumer's request does not wait for it.
const PAUSE: Duration = Duration::from_millis(20);

/// The longest configuration file, in bytes.
const CONFIG_MAX: u64 = 1024 * 1024;

/// The reason why the broker did not start, or stopped.
#[derive(Debug)]
pub enum DaemonError {
    /// The configuration file could not be read.
    Read {
        /// Its path.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// The configuration is invalid.
    Config {
        /// Its path.
        path: PathBuf,
        /// The error with its position.
        error: ConfigError,
    },
    /// The configuration cannot take effect.
    Registry(RegistryError),
    /// The key of the broker's own tokens.
    Key {
        /// The state directory.
        directory: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// A socket.
    Listen(ListenError),
    /// The operating system refused something that a daemon needs.
    System(io::Error),
}

impl fmt::Display for DaemonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, error } => write!(f, "cannot read {}: {error}", path.display()),
            Self::Config { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Registry(error) => error.fmt(f),
            Self::Key { directory, error } => write!(f, "the key in {}: {error}", directory.display()),
            Self::Listen(error) => error.fmt(f),
            Self::System(error) => write!(f, "the operating system refused a resource: {error}"),
        }
    }
}

impl std::error::Error for DaemonError {}

/// Reads and checks a configuration file.
///
/// # Errors
/// [`DaemonError::Read`] and [`DaemonError::Config`].
pub fn read_config(path: &Path) -> Result<Config, DaemonError> {
    let failed = |error| DaemonError::Read { path: path.to_owned(), error };
    if fs::metadata(path).map_err(failed)?.len() > CONFIG_MAX {
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, "longer than 1 MiB")));
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    Config::parse(&text).map_err(|error| DaemonError::Config { path: path.to_owned(), error })
}

/// Runs the broker until SIGTERM or SIGINT.
///
/// # Errors
/// [`DaemonError`] if it does not start. A reload that fails is logged, and the previous configuration stays in effect.
pub fn run(path: &Path) -> Result<(), DaemonError> {
    hardening::apply().map_err(DaemonError::System)?;
    let config = read_config(path)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(DaemonError::System)?;
    runtime.block_on(serve(path, config))
}

async fn serve(path: &Path, config: Config) -> Result<(), DaemonError> {
    let key = Arc::new(match &config.state_directory {
        Some(directory) => TokenKey::load_or_create(directory)
            .map_err(|error| DaemonError::Key { directory: directory.clone(), error })?,
        None => TokenKey::random().map_err(DaemonError::System)?,
    });
    let registry = Registry::new(&config, key.clone(), None).map_err(DaemonError::Registry)?;
    let listeners = Listeners::open(&config.listen).map_err(DaemonError::Listen)?;
    drop(config);
    let mut signals = Signals::new().map_err(DaemonError::System)?;
    let mut watch = FileWatch::new(path).map_err(DaemonError::System)?;
    request_tokens(&registry);
    let server = Arc::new(Server::new(Handler { current: Current::new(registry), metrics: Metrics::new() }));

    if let Some(address) = listeners.tcp_address() {
        tracing::info!(%address, "listening");
    } else {
        tracing::info!("listening");
    }
    service_manager::ready();
    let _watchdog = service_manager::watchdog();
    let accepting = server.accept(&listeners);
    let mut accepting = std::pin::pin!(accepting);
    loop {
        tokio::select! {
            () = accepting.as_mut() => return Ok(()),
            event = signals.next() => match event {
                Event::Reload => reload(path, &key, &server),
                Event::End => break,
            },
            () = watch.changed() => reload(path, &key, &server),
        }
    }
    tracing::info!("ending: requests under way may finish");
    service_manager::stopping();
    server.drain(DRAIN).await;
    for upstream in server.handler.current.registry().upstreams.values() {
        upstream.close();
    }
    Ok(())
}

fn reload(path: &Path, key: &Arc<TokenKey>, server: &Server) {
    service_manager::reloading();
    let former = server.handler.current.registry();
    let registry = read_config(path)
        .and_then(|config| Registry::new(&config, key.clone(), Some(&former)).map_err(DaemonError::Registry));
    match registry {
        Ok(registry) => {
            request_tokens(&registry);
            server.handler.current.replace(registry);
            tracing::info!(
                "the configuration was reloaded; changes of [listen] take effect at the next start"
            );
        }
        Err(error) => {
            tracing::error!(%error, "the configuration was not reloaded, and the former one stays in effect");
        }
    }
    service_manager::ready();
}

/// Begins the first exchange of every client, so that consumers do not wait for it.
fn request_tokens(registry: &Registry) {
    for (upstream, pause) in registry.upstreams.values().cloned().zip(0..) {
        tokio::spawn(async move {
            // Even a sleep of no time takes a tick of the timer.
            if pause > 0 {
                tokio::time::sleep(PAUSE * pause).await;
            }
            if let Err(error) = upstream.token().await {
                tracing::warn!(client = upstream.name, %error, "no access token yet");
            }
        });
    }
}

enum Event {
    Reload,
    End,
}

struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> Event {
        tokio::select! {
            _ = self.hangup.recv() => Event::Reload,
            _ = self.terminate.recv() => Event::End,
            _ = self.interrupt.recv() => Event::End,
        }
    }
}
