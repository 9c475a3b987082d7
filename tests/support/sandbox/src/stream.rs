//! A connection with or without TLS, and the ways to close it.

use core::time::Duration;
use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{HandshakeKind, ProtocolVersion};
use tokio_rustls::server::TlsStream;

use crate::behaviour::Close;
use crate::record::Tls;

pub(crate) enum Stream {
    ClearText(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// How long a closed connection is still read: unread bytes would make the kernel send an RST, which may discard the answer.
const LINGER: Duration = Duration::from_secs(2);

impl Stream {
    /// Completes a TLS handshake.
    pub(crate) async fn accept(acceptor: &TlsAcceptor, tcp: TcpStream) -> io::Result<Self> {
        Ok(Self::Tls(Box::new(acceptor.accept(tcp).await?)))
    }

    pub(crate) fn tls(&self) -> Option<Tls> {
        let Self::Tls(stream) = self else { return None };
        let (_, session) = stream.get_ref();
        Some(Tls {
            version: match session.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                _ => "TLSv1.3",
            },
            resumed: session.handshake_kind() == Some(HandshakeKind::Resumed),
            alpn: session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into()),
            server_name: session.server_name().map(Into::into),
        })
    }

    /// Reads once; returns 0 at the end of the stream. Cancel safe.
    pub(crate) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::ClearText(stream) => stream.read(buffer).await,
            Self::Tls(stream) => stream.read(buffer).await,
        }
    }

    /// Writes and flushes: one call is one TLS record if the bytes fit into one.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::ClearText(stream) => stream.write_all(bytes).await,
            Self::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    /// Closes the connection. Ignores errors: the client may have closed first.
    pub(crate) async fn close(self, close: Close) {
        let tcp = match self {
            Self::ClearText(stream) => stream,
            Self::Tls(mut stream) => {
                if close == Close::Notify {
                    let _ = stream.shutdown().await;
                }
                stream.into_inner().0
            }
        };
        close_tcp(tcp, close).await;
    }
}

/// Closes a TCP connection with FIN or RST.
pub(crate) async fn close_tcp(mut tcp: TcpStream, close: Close) {
    if close == Close::Reset {
        let _ = tcp.set_zero_linger();
        return;
    }
    let _ = tcp.shutdown().await;
    let _ = tokio::time::timeout(LINGER, until_closed(&mut tcp)).await;
}

/// Reads and discards bytes until the client closes.
pub(crate) async fn until_closed(tcp: &mut TcpStream) {
    let mut scratch = [0; 4096];
    while matches!(tcp.read(&mut scratch).await, Ok(1..)) {}
}
