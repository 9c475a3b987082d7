//! The client's way to open connections, for hyper-util's pooling HTTP client.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use genesys_token_core::call::Loss;
use http::{Extensions, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connected, Connection};
use tower_service::Service;

use super::connect::{self, Connector};
use super::error::TransportError;
use super::exchanges::Exchanges;
use super::hyper_io::HyperIo;
use super::progress::Progress;

/// A connector with the proxy, the trust anchors and the timeout of a [`TokenClient`](crate::TokenClient), for
/// `hyper_util::client::legacy::Client` (feature `hyper-util`): see [`TokenClient::api_connector`](crate::TokenClient::api_connector).
///
/// It connects to the host and port of the URI, always over verified TLS and HTTP/1.1; that of a client
/// [through a broker](crate::TokenClient::through_broker) connects to the broker, whatever the URI's host.
#[derive(Clone)]
pub struct ApiConnector {
    connector: Arc<Connector>,
}

/// A connection of an [`ApiConnector`].
pub struct ApiStream {
    io: HyperIo,
    exchanges: Exchanges,
}

/// A connection that is being opened. Dropping it ends the attempt.
pub type Connecting = Pin<Box<dyn Future<Output = Result<ApiStream, TransportError>> + Send>>;

impl ApiConnector {
    pub(super) const fn new(connector: Arc<Connector>) -> Self {
        Self { connector }
    }

    /// Returns how a request of hyper-util's client was lost with its connection, for [`Call::lost`](crate::core::call::Call::lost), which
    /// decides whether it is sent again. Returns `None` if there was no connection, if a part of the response was received, or if the connection
    /// is not one of this connector.
    ///
    /// Requests of which nothing was written are not reported: hyper-util's client itself sends them over another connection.
    #[must_use]
    pub fn loss(error: &legacy::Error) -> Option<Loss> {
        let mut extensions = Extensions::new();
        error.connect_info()?.get_extras(&mut extensions);
        extensions.get::<Exchanges>()?.loss()
    }
}

impl Service<Uri> for ApiConnector {
    type Response = ApiStream;
    type Error = TransportError;
    type Future = Connecting;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Connecting {
        let connector = self.connector.clone();
        Box::pin(async move {
            let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
            let port = uri.port_u16().unwrap_or(443);
            let progress = Progress::default();
            let opened = connector.open_stream(host, port, &progress).await;
            let opened =
                opened.map(|stream| ApiStream { io: HyperIo::new(stream), exchanges: Exchanges::default() });
            opened.map_err(|kind| {
                let proxy = connector.proxy_for(host, port);
                let proxy = proxy.map(|proxy| connect::with_port(proxy.host(), proxy.port()));
                TransportError::new(connect::authority(host, port), proxy, progress.phase(), kind, false)
            })
        })
    }
}

impl Connection for ApiStream {
    fn connected(&self) -> Connected {
        Connected::new().extra(self.exchanges.clone())
    }
}

impl Read for ApiStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let count = ready!(self.io.poll_read_some(context, buffer))?;
        self.exchanges.received(count);
        Poll::Ready(Ok(()))
    }
}

impl Write for ApiStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.io).poll_write(context, bytes))?;
        self.exchanges.sent(count);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.io).poll_write_vectored(context, slices))?;
        self.exchanges.sent(count);
        Poll::Ready(Ok(count))
    }
}

impl fmt::Debug for ApiConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiConnector").finish_non_exhaustive()
    }
}

impl fmt::Debug for ApiStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiStream").finish_non_exhaustive()
    }
}
