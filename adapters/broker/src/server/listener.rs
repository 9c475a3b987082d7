//! Listening sockets: from systemd, or opened here.

use std::fmt;
use std::fs;
use std::future::pending;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use listenfd::ListenFd;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

use crate::accounts::{self, UnknownAccount};
use crate::config::{ListenConfig, TlsFiles, UnixConfig};
use crate::peer::Peer;

/// The sockets that consumers connect to.
pub(crate) struct Listeners {
    unix: Option<UnixListener>,
    tcp: Option<(TcpListener, Option<TlsAcceptor>)>,
    /// Removed at the end, if it was created here.
    created: Option<PathBuf>,
}

/// A consumer's connection.
pub(super) enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(TcpStream, TlsAcceptor),
}

/// The reason why the broker cannot listen.
#[derive(Debug)]
pub enum ListenError {
    /// The Unix socket.
    Unix {
        /// Its path.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// Another process listens on the Unix socket.
    InUse(PathBuf),
    /// The owner of the Unix socket.
    Owner(UnknownAccount),
    /// The TCP socket.
    Tcp(io::Error),
    /// A certificate or key.
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The sockets that systemd passed.
    Activation(io::Error),
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix { path, error } => {
                write!(
                    f,
                    "cannot listen on {}: {error}: does its directory exist, and may this user write there?",
                    path.display()
                )
            }
            Self::InUse(path) => {
                write!(f, "another process listens on {}: is a broker running already?", path.display())
            }
            Self::Owner(error) => write!(f, "[listen.unix]: {error}"),
            Self::Tcp(error) => write!(f, "cannot listen on the TCP address: {error}"),
            Self::Tls { path, problem } => write!(f, "{}: {problem}", path.display()),
            Self::Activation(error) => write!(f, "the sockets from systemd cannot be used: {error}"),
        }
    }
}

impl std::error::Error for ListenError {}

impl Listeners {
    /// Takes the sockets that systemd passes; opens the others.
    pub(crate) fn open(config: &ListenConfig) -> Result<Self, ListenError> {
        let acceptor = config.tcp.as_ref().and_then(|tcp| tcp.tls.as_ref()).map(acceptor).transpose()?;
        let (mut unix, mut tcp) = (None, None);
        let mut passed = ListenFd::from_env();
        for index in 0..passed.len() {
            if let Ok(Some(listener)) = passed.take_unix_listener(index) {
                listener.set_nonblocking(true).map_err(ListenError::Activation)?;
                unix = Some(UnixListener::from_std(listener).map_err(ListenError::Activation)?);
            } else if let Ok(Some(listener)) = passed.take_tcp_listener(index) {
                listener.set_nonblocking(true).map_err(ListenError::Activation)?;
                tcp = Some(TcpListener::from_std(listener).map_err(ListenError::Activation)?);
            }
        }
        let mut created = None;
        if let (None, Some(config)) = (&unix, &config.unix) {
            unix = Some(open_unix(config)?);
            created = Some(config.path.clone());
        }
        if let (None, Some(config)) = (&tcp, &config.tcp) {
            let listener = std::net::TcpListener::bind(config.address).map_err(ListenError::Tcp)?;
            listener.set_nonblocking(true).map_err(ListenError::Tcp)?;
            tcp = Some(TcpListener::from_std(listener).map_err(ListenError::Tcp)?);
        }
        Ok(Self { unix, tcp: tcp.map(|listener| (listener, acceptor)), created })
    }

    /// Returns the TCP address, for a port that the system chose.
    pub(crate) fn tcp_address(&self) -> Option<std::net::SocketAddr> {
        self.tcp.as_ref().and_then(|(listener, _)| listener.local_addr().ok())
    }

    /// Accepts the next connection. Cancel safe: dropping the future loses no connection.
    pub(super) async fn accept(&self) -> io::Result<(Stream, Peer)> {
        let unix = async {
            match &self.unix {
                Some(listener) => listener.accept().await.map(|(stream, _)| stream),
                None => pending().await,
            }
        };
        let tcp = async {
            match &self.tcp {
                Some((listener, acceptor)) => listener.accept().await.map(|accepted| (accepted, acceptor)),
                None => pending().await,
            }
        };
        tokio::select! {
            stream = unix => {
                let stream = stream?;
                let credentials = stream.peer_cred()?;
                let peer = Peer::Unix { uid: credentials.uid(), gid: credentials.gid() };
                Ok((Stream::Unix(stream), peer))
            }
            accepted = tcp => {
                let ((stream, address), acceptor) = accepted?;
                // Responses are written as a whole.
                stream.set_nodelay(true)?;
                let peer = Peer::Tcp(address.ip());
                Ok(match acceptor {
                    Some(acceptor) => (Stream::Tls(stream, acceptor.clone()), peer),
                    None => (Stream::Tcp(stream), peer),
                })
            }
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        if let Some(path) = &self.created {
            let _ = fs::remove_file(path);
        }
    }
}

fn open_unix(config: &UnixConfig) -> Result<UnixListener, ListenError> {
    let failed = |error| ListenError::Unix { path: config.path.clone(), error };
    remove_stale(&config.path)?;
    // Bound under another name, so that the socket is reachable under its own only when mode and owner are set.
    let mut temporary = config.path.clone().into_os_string();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    let _ = fs::remove_file(&temporary);
    let listener = UnixListener::bind(&temporary).map_err(failed)?;
    let prepare = || -> Result<(), ListenError> {
        if config.owner.is_some() || config.group.is_some() {
            let owner =
                config.owner.as_ref().map(accounts::user_id).transpose().map_err(ListenError::Owner)?;
            let group =
                config.group.as_ref().map(accounts::group_id).transpose().map_err(ListenError::Owner)?;
            nix::unistd::chown(&temporary, owner, group).map_err(|error| failed(error.into()))?;
        }
        fs::set_permissions(&temporary, fs::Permissions::from_mode(config.mode)).map_err(failed)?;
        fs::rename(&temporary, &config.path).map_err(failed)
    };
    prepare().inspect_err(|_| drop(fs::remove_file(&temporary)))?;
    Ok(listener)
}

/// Removes the socket of a broker that no longer runs. Any other file at that path stays, and is an error.
fn remove_stale(path: &Path) -> Result<(), ListenError> {
    let failed = |error| ListenError::Unix { path: path.to_owned(), error };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            Err(failed(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file that is not a socket")))
        }
        Ok(_) => match std::os::unix::net::UnixStream::connect(path) {
            Ok(_) => Err(ListenError::InUse(path.to_owned())),
            Err(_) => fs::remove_file(path).map_err(failed),
        },
    }
}

fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, ListenError> {
    let wrong = |path: &Path, problem| ListenError::Tls { path: path.to_owned(), problem };
    let certificates = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|_| wrong(&files.certificate, "cannot be read as PEM certificates"))?;
    if certificates.is_empty() {
        return Err(wrong(&files.certificate, "holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|_| wrong(&files.key, "cannot be read as a private key in PEM"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| wrong(&files.key, "the TLS library has no usable cipher suites"))?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|_| wrong(&files.key, "does not fit the certificate"))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
