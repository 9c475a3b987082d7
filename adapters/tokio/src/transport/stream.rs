//! The stream of a connection: over TLS, or plain to a broker of this machine.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio_rustls::client::TlsStream;

use super::socket::Socket;

/// Bytes of a plain stream that are read at once.
const BUFFER: usize = 4096;

/// An open stream.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every stream is over TLS, and each is moved twice only"
)]
pub(super) enum Stream {
    Tls(TlsStream<Socket>),
    Plain(BufReader<Socket>),
}

impl Stream {
    pub(super) fn plain(socket: Socket) -> Self {
        Self::Plain(BufReader::with_capacity(BUFFER, socket))
    }

    pub(super) fn socket(&self) -> &Socket {
        match self {
            Self::Tls(stream) => stream.get_ref().0,
            Self::Plain(stream) => stream.get_ref(),
        }
    }

    /// Returns the protocol that the host has chosen (RFC 7301), if it has chosen one.
    #[cfg(feature = "http2")]
    pub(super) fn alpn_protocol(&self) -> Option<&[u8]> {
        match self {
            Self::Tls(stream) => stream.get_ref().1.alpn_protocol(),
            Self::Plain(_) => None,
        }
    }

    fn as_buffer(self: Pin<&mut Self>) -> Pin<&mut (dyn AsyncBufRead + Unpin + 'static)> {
        match self.get_mut() {
            Self::Tls(stream) => Pin::new(stream),
            Self::Plain(stream) => Pin::new(stream),
        }
    }

    fn as_writer(self: Pin<&mut Self>) -> Pin<&mut (dyn AsyncWrite + Unpin + 'static)> {
        match self.get_mut() {
            Self::Tls(stream) => Pin::new(stream),
            Self::Plain(stream) => Pin::new(stream),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.as_buffer().poll_read(context, to)
    }
}

impl AsyncBufRead for Stream {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        match self.get_mut() {
            Self::Tls(stream) => Pin::new(stream).poll_fill_buf(context),
            Self::Plain(stream) => Pin::new(stream).poll_fill_buf(context),
        }
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        self.as_buffer().consume(count);
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.as_writer().poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.as_writer().poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tls(stream) => stream.is_write_vectored(),
            Self::Plain(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.as_writer().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.as_writer().poll_shutdown(context)
    }
}
