//! The device's client over a blocking socket of the host.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::SystemTime;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use futures_lite::future::block_on;
use genesys_token_tls::{ConnectError, Expected, SessionError, TlsEngine, TlsSession};

use crate::engine::{AnyWorkspace, any_engine};

/// The application's request. Servers count the bytes that they receive of it.
pub(crate) const REQUEST: &[u8] = b"GET /ping HTTP/1.0\r\n\r\n";

pub(crate) const DAY: u64 = 86_400;

/// The outcome of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Connected, and received these bytes until the server's `close_notify` or until the expected number.
    Answered(Vec<u8>),
    /// Refused before the request was sent.
    Refused(ConnectError),
    /// Connected, received these bytes, and failed later.
    Failed(SessionError, Vec<u8>),
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// Connects, sends the request, and reads until `answer` bytes arrived or the server closes the connection.
pub(crate) fn run<const RECEIVE: usize>(
    address: SocketAddr,
    expected: &Expected<'_>,
    answer: usize,
) -> Outcome {
    block_on(exchange::<RECEIVE>(connect(address), expected, answer))
}

/// Opens a TCP connection.
pub(crate) fn connect(address: SocketAddr) -> Tcp {
    let tcp = TcpStream::connect(address).unwrap();
    // An alert must not wait for an acknowledgement: closing the connection would discard it.
    tcp.set_nodelay(true).unwrap();
    // A server that stalls must fail the test, not block it; one on a busy machine must not fail it.
    tcp.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
    Tcp(tcp)
}

/// Sends the request, and reads until `answer` bytes arrived or the server closes the connection. The bytes are appended to `received`,
/// also before an error.
pub(crate) async fn ask(
    session: &mut impl TlsSession,
    answer: usize,
    received: &mut Vec<u8>,
) -> Result<(), SessionError> {
    session.write_all(REQUEST).await?;
    session.flush().await?;
    let mut buffer = [0; 512];
    while received.len() < answer {
        match session.read(&mut buffer).await? {
            0 => break,
            count => received.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(())
}

async fn exchange<const RECEIVE: usize>(tcp: Tcp, expected: &Expected<'_>, answer: usize) -> Outcome {
    let mut workspace = Box::new(AnyWorkspace::<RECEIVE, 1024>::new());
    let mut engine = any_engine::<RECEIVE, 1024>();
    let mut session = match engine.connect(tcp, &mut workspace, expected).await {
        Ok(session) => session,
        Err(error) => return Outcome::Refused(error),
    };
    let mut received = Vec::new();
    if let Err(error) = ask(&mut session, answer, &mut received).await {
        // Every later call returns the same error.
        assert_eq!(session.read(&mut [0; 16]).await, Err(error));
        assert_eq!(session.write(b"more").await, Err(error));
        return Outcome::Failed(error, received);
    }
    match session.close().await {
        Ok(()) => Outcome::Answered(received),
        Err(error) => Outcome::Failed(error, received),
    }
}

/// A blocking socket with the traits of a device's socket.
pub(crate) struct Tcp(pub(crate) TcpStream);

impl ErrorType for Tcp {
    type Error = ErrorKind;
}

impl Read for Tcp {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(buf).map_err(|error| error.kind().into())
    }
}

impl Write for Tcp {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(buf).map_err(|error| error.kind().into())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.0.flush().map_err(|error| error.kind().into())
    }
}
