//! Connections: TCP, the proxy's tunnel, TLS, HTTP.

use std::sync::Arc;
use std::time::Duration;

use hyper::client::conn::http1;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::connection::Connection;
use super::deadline::Deadline;
use super::error::{Phase, TransportErrorKind};
use super::hyper_io::HyperIo;
use super::progress::Progress;
#[cfg(feature = "http2")]
use super::shared_connection::{self, SharedConnection};
use super::socket::{self, Socket};
use super::stream::Stream;
use super::tls_error::TlsError;
use super::trust::Trust;
use super::{hyper_error, tcp, tunnel};
use crate::broker::{BrokerAddress, Place};
use crate::proxy::Proxy;

/// The longest response head, in bytes; the service's have about 1 KiB.
const HEAD_MAX: usize = 16 * 1024;

/// The name of HTTP/2 in ALPN (RFC 9113 section 3.2).
#[cfg(feature = "http2")]
pub(crate) const ALPN_HTTP2: &[u8] = b"h2";

/// A connection that was opened.
pub(super) enum Opened {
    Http1(Box<Connection>),
    #[cfg(feature = "http2")]
    Http2(SharedConnection),
}

/// Opens connections. All hosts of a client share its TLS sessions and the platform's trust anchors.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    pub(crate) tls: Arc<ClientConfig>,
    /// `None` if the caller gave a TLS configuration with its own verifier.
    pub(crate) trust: Option<Arc<Trust>>,
    pub(crate) proxy: Option<Proxy>,
    /// Every host is reached there, if there is one.
    pub(crate) broker: Option<BrokerAddress>,
    pub(crate) timeout: Duration,
}

impl Connector {
    /// Returns the same connector, which also offers HTTP/2.
    #[cfg(feature = "http2")]
    pub(crate) fn with_http2(&self) -> Self {
        let mut tls = ClientConfig::clone(&self.tls);
        tls.alpn_protocols.insert(0, ALPN_HTTP2.to_vec());
        Self { tls: Arc::new(tls), ..self.clone() }
    }

    /// Returns the same connector, which does not offer HTTP/2.
    #[cfg(feature = "http2")]
    pub(super) fn without_http2(&self) -> Self {
        let mut tls = ClientConfig::clone(&self.tls);
        tls.alpn_protocols.retain(|name| name != ALPN_HTTP2);
        Self { tls: Arc::new(tls), ..self.clone() }
    }

    /// Returns the proxy for this host, if there is one.
    pub(super) fn proxy_for(&self, host: &str, port: u16) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|proxy| proxy.serves(host, port))
    }

    /// Opens a connection before `deadline` and before the connect timeout, whichever comes first.
    ///
    /// The current runtime watches its socket.
    pub(super) async fn open(
        &self,
        host: &str,
        port: u16,
        deadline: Deadline,
        progress: &Progress,
    ) -> Result<Opened, TransportErrorKind> {
        deadline.or(Deadline::after(self.timeout)).limit(self.handshakes(host, port, progress)).await?
    }

    async fn handshakes(
        &self,
        host: &str,
        port: u16,
        progress: &Progress,
    ) -> Result<Opened, TransportErrorKind> {
        let stream = self.stream(host, port, progress).await?;
        progress.enter(Phase::Request);
        #[cfg(feature = "http2")]
        if stream.alpn_protocol() == Some(ALPN_HTTP2) {
            return shared_connection::open(stream).await.map(Opened::Http2);
        }
        let socket = stream.socket().clone();
        let is_tls = matches!(stream, Stream::Tls(_));
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(HEAD_MAX)
            // RFC 9112 section 5.2: a user agent replaces the fold of a header by a space.
            .allow_obsolete_multiline_headers_in_responses(true)
            .handshake(HyperIo::new(stream))
            .await
            .map_err(hyper_error::kind)?;
        Ok(Opened::Http1(Connection::new(sender, driver, socket, is_tls)))
    }

    /// Opens a connection within the connect timeout, for an HTTP client of the caller's.
    #[cfg(feature = "hyper-util")]
    pub(super) async fn open_stream(
        &self,
        host: &str,
        port: u16,
        progress: &Progress,
    ) -> Result<Stream, TransportErrorKind> {
        Deadline::after(self.timeout).limit(self.stream(host, port, progress)).await?
    }

    /// Everything below HTTP.
    async fn stream(&self, host: &str, port: u16, progress: &Progress) -> Result<Stream, TransportErrorKind> {
        let Some(BrokerAddress(place)) = &self.broker else {
            let socket = self.tcp(host, port, progress).await?;
            return self.tls(host, socket, progress).await;
        };
        match place {
            Place::Unix(path) => unix(path, progress).await.map(Stream::plain),
            Place::Tcp { host, port, tls } => {
                let stream = tcp::connect(host, *port, progress).await.map_err(|kind| match kind {
                    TransportErrorKind::Connect(error) => TransportErrorKind::Broker(error),
                    other => other,
                })?;
                let socket = Socket::new(socket::Stream::Tcp(stream));
                if *tls { self.tls(host, socket, progress).await } else { Ok(Stream::plain(socket)) }
            }
        }
    }

    /// Name lookup, TCP and the proxy's tunnel.
    async fn tcp(&self, host: &str, port: u16, progress: &Progress) -> Result<Socket, TransportErrorKind> {
        let stream = match self.proxy_for(host, port) {
            None => {
                let proxy = self.proxy.as_ref().map_or("none", |proxy| proxy.exemption(host));
                tracing::debug!(host, port, proxy, "connecting directly");
                tcp::connect(host, port, progress).await?
            }
            Some(proxy) => {
                let name = with_port(proxy.host(), proxy.port());
                let origin = proxy.origin();
                tracing::debug!(host, port, proxy = name, origin, "connecting through the proxy");
                let mut stream = tcp::connect(proxy.host(), proxy.port(), progress).await?;
                progress.enter(Phase::Proxy);
                tunnel::open(&mut stream, &with_port(host, port), proxy.authorization()).await?;
                stream
            }
        };
        Ok(Socket::new(socket::Stream::Tcp(stream)))
    }

    async fn tls(
        &self,
        host: &str,
        socket: Socket,
        progress: &Progress,
    ) -> Result<Stream, TransportErrorKind> {
        progress.enter(Phase::TlsHandshake);
        // Core checked the host name when the endpoint was made.
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| TransportErrorKind::NameLookup(std::io::Error::other(error)))?;
        let stream = TlsConnector::from(self.tls.clone()).connect(name, socket).await;
        let stream = stream.map_err(|error| {
            match TlsError::from_io(&error, self.trust.as_ref().and_then(|trust| trust.platform_summary())) {
                Some(error) => TransportErrorKind::Tls(error),
                None if error.kind() == std::io::ErrorKind::UnexpectedEof => TransportErrorKind::Closed,
                None => TransportErrorKind::ConnectionLost(error),
            }
        })?;
        let (_, session) = stream.get_ref();
        tracing::debug!(
            host,
            version = session.protocol_version().map(tracing::field::debug),
            cipher_suite =
                session.negotiated_cipher_suite().map(|suite| tracing::field::debug(suite.suite())),
            certificates = session.peer_certificates().map_or(0, <[_]>::len),
            "TLS was negotiated"
        );
        for (position, certificate) in session.peer_certificates().unwrap_or_default().iter().enumerate() {
            tracing::trace!(host, position, certificate = &certificate[..], "a certificate of the host");
        }
        Ok(Stream::Tls(stream))
    }
}

#[cfg(unix)]
async fn unix(path: &std::path::Path, progress: &Progress) -> Result<Socket, TransportErrorKind> {
    progress.enter(Phase::Connect);
    let stream = tokio::net::UnixStream::connect(path).await.map_err(TransportErrorKind::Broker)?;
    Ok(Socket::new(socket::Stream::Unix(stream)))
}

#[cfg(not(unix))]
#[expect(clippy::unused_async, reason = "on Unix it awaits")]
async fn unix(_: &std::path::Path, _: &Progress) -> Result<Socket, TransportErrorKind> {
    // Such an address is refused where it is parsed.
    Err(TransportErrorKind::Broker(std::io::ErrorKind::Unsupported.into()))
}

/// Returns `host:port`, an IPv6 address in brackets (RFC 3986 section 3.2.2).
pub(super) fn with_port(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Returns `host`, with the port unless it is 443, as in the `Host` header (RFC 9110 section 7.2).
pub(super) fn authority(host: &str, port: u16) -> String {
    match port {
        443 if host.contains(':') => format!("[{host}]"),
        443 => host.to_owned(),
        port => with_port(host, port),
    }
}
