//! Verified TLS as a connection of embedded-nal-async, with the feature `nal`: every crate that is built on these traits gets it, HTTP
//! and MQTT clients for example.
//!
//! ```
//! use core::net::SocketAddr;
//! use embedded_io_async::Write as _;
//! use embedded_nal_async::TcpConnect;
//! use genesys_token_tls::nal::{NalError, TlsConnector};
//! use genesys_token_tls::{Expected, Tls13, Workspace, anchors};
//! # use genesys_token_tls::CryptoRngCore;
//!
//! /// `tcp`: any TCP stack. `unix_time`: from a clock that was set.
//! async fn greet(
//!     tcp: impl TcpConnect,
//!     rng: impl CryptoRngCore,
//!     workspace: &mut Workspace,
//!     unix_time: u64,
//!     remote: SocketAddr,
//! ) -> Result<(), NalError> {
//!     let expected = Expected::new("api.mypurecloud.de", &anchors::SERVICE).expect("a host name");
//!     let connector = TlsConnector::new(tcp, Tls13::new(rng), workspace, expected, || Some(unix_time));
//!     let mut connection = connector.connect(remote).await?;
//!     connection.write_all(b"hello").await?;
//!     connection.flush().await?;
//!     connection.close().await
//! }
//! ```
//!
//! One host per connector: [`TcpConnect`] passes an address but no name, and the name is what the certificate is verified for. Whatever
//! address a name lookup returns, only the expected server is accepted.

use core::cell::Cell;
use core::fmt;
use core::net::SocketAddr;

use embedded_io_async::{Error as _, ErrorKind, ErrorType, Read, Write};
use embedded_nal_async::TcpConnect;
use rand_core::CryptoRngCore;

use crate::error::{ConnectError, SessionError};
use crate::expected::Expected;
use crate::tls13::{Lent, Primitives, Session, Software, Tls13, Workspace};

/// Connects to one host by TCP, over `T`, and by verified TLS. One connection at a time.
///
/// `F` returns the current time in seconds since 1970, or `None` while the clock is not set: then nothing is connected to.
pub struct TlsConnector<
    'w,
    T,
    F,
    R,
    const RECEIVE: usize = 8192,
    const SEND: usize = 640,
    const TICKET: usize = 256,
    P = Software,
> {
    tcp: T,
    expected: Expected<'w>,
    unix_time: F,
    /// Not there during a handshake.
    engine: Cell<Option<Tls13<R, RECEIVE, SEND, TICKET, P>>>,
    /// Not there while there is a connection.
    buffers: Cell<Option<Lent<'w>>>,
}

impl<'w, T, F, R, const RECEIVE: usize, const SEND: usize, const TICKET: usize, P>
    TlsConnector<'w, T, F, R, RECEIVE, SEND, TICKET, P>
{
    /// Creates a connector for the host of `expected`, whose time is replaced by that of `unix_time`.
    pub const fn new(
        tcp: T,
        engine: Tls13<R, RECEIVE, SEND, TICKET, P>,
        workspace: &'w mut Workspace<RECEIVE, SEND, TICKET>,
        expected: Expected<'w>,
        unix_time: F,
    ) -> Self {
        let buffers = Cell::new(Some(workspace.lend()));
        Self { tcp, expected, unix_time, engine: Cell::new(Some(engine)), buffers }
    }
}

impl<T, F, R, const RECEIVE: usize, const SEND: usize, const TICKET: usize, P> fmt::Debug
    for TlsConnector<'_, T, F, R, RECEIVE, SEND, TICKET, P>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConnector").field("host", &self.expected.name()).finish_non_exhaustive()
    }
}

impl<
    'w,
    T: TcpConnect,
    F: Fn() -> Option<u64>,
    R: CryptoRngCore,
    const RECEIVE: usize,
    const SEND: usize,
    const TICKET: usize,
    P: Primitives,
> TcpConnect for TlsConnector<'w, T, F, R, RECEIVE, SEND, TICKET, P>
{
    type Error = NalError;
    type Connection<'a>
        = TlsConnection<'a, 'w, T::Connection<'a>, P>
    where
        Self: 'a;

    /// Connects and authenticates the server. There is no timeout: drop the future at the deadline.
    ///
    /// # Errors
    /// [`NalError`]. No byte of the application was sent.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection; another one can be opened.
    async fn connect(&self, remote: SocketAddr) -> Result<Self::Connection<'_>, NalError> {
        let expected = match (self.unix_time)() {
            Some(now) => self.expected.clone().at(now),
            None => self.expected.clone(),
        };
        let mut lease = Lease { place: &self.engine, engine: self.engine.take() };
        let engine = lease.engine.as_mut().ok_or(NalError::InUse)?;
        Tls13::<R, RECEIVE, SEND, TICKET, P>::check(&expected)?;
        let mut connection =
            TlsConnection { place: &self.buffers, session: None, buffers: self.buffers.take() };
        if connection.buffers.is_none() {
            return Err(NalError::InUse);
        }
        let socket = self.tcp.connect(remote).await.map_err(|error| NalError::Tcp(error.kind()))?;
        let buffers = connection.buffers.take().ok_or(NalError::InUse)?;
        engine.connect_lent(&mut connection.session, socket, buffers, &expected).await?;
        Ok(connection)
    }
}

/// The engine during a handshake, returned when that ends or is dropped.
struct Lease<'c, E> {
    place: &'c Cell<Option<E>>,
    engine: Option<E>,
}

impl<E> Drop for Lease<'_, E> {
    fn drop(&mut self) {
        if let Some(engine) = self.engine.take() {
            self.place.set(Some(engine));
        }
    }
}

/// A verified connection of a [`TlsConnector`].
///
/// Written bytes are sent by `flush` at the latest. `read` returns 0 only if the server ended the connection with `close_notify`.
/// Dropping a connection sends `close_notify` if the socket accepts it at once, and wipes the buffers. [`close`](Self::close) waits.
///
/// # Cancel safety
/// Every call may be dropped and made again if that is so for the TCP stack's, as for embassy-net's: a client that waits for messages may
/// send a ping meanwhile. A dropped `write` has taken nothing; a dropped `flush` is continued by the next one. The exception is the exchange
/// of keys after some millions of records, or when the server asks for it: dropping that loses the connection.
pub struct TlsConnection<'a, 'w, S: Read + Write, P: Primitives = Software> {
    place: &'a Cell<Option<Lent<'w>>>,
    /// There once the TCP connection is open.
    session: Option<Session<'w, S, P>>,
    /// There before.
    buffers: Option<Lent<'w>>,
}

impl<'w, S: Read + Write, P: Primitives> TlsConnection<'_, 'w, S, P> {
    /// Ends the connection in order: sends what is buffered and `close_notify`.
    ///
    /// # Errors
    /// [`NalError`] if it could not be sent.
    pub async fn close(mut self) -> Result<(), NalError> {
        use crate::engine::TlsSession as _;

        let session = self.session()?;
        session.flush_cancel_safe().await?;
        session.close().await?;
        Ok(())
    }

    fn session(&mut self) -> Result<&mut Session<'w, S, P>, NalError> {
        self.session.as_mut().ok_or(NalError::Session(SessionError::Engine))
    }
}

impl<S: Read + Write, P: Primitives> Drop for TlsConnection<'_, '_, S, P> {
    fn drop(&mut self) {
        if let Some(session) = &mut self.session {
            session.end();
        }
        let buffers = match self.session.take() {
            Some(session) => Some(session.into_buffers()),
            None => self.buffers.take(),
        };
        // A connector in use gave none.
        if buffers.is_some() {
            self.place.set(buffers);
        }
    }
}

impl<S: Read + Write, P: Primitives> ErrorType for TlsConnection<'_, '_, S, P> {
    type Error = NalError;
}

impl<S: Read + Write, P: Primitives> Read for TlsConnection<'_, '_, S, P> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, NalError> {
        Ok(self.session()?.read_cancel_safe(buffer).await?)
    }
}

impl<S: Read + Write, P: Primitives> Write for TlsConnection<'_, '_, S, P> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, NalError> {
        Ok(self.session()?.write_cancel_safe(bytes).await?)
    }

    async fn flush(&mut self) -> Result<(), NalError> {
        Ok(self.session()?.flush_cancel_safe().await?)
    }
}

impl<S: Read + Write, P: Primitives> fmt::Debug for TlsConnection<'_, '_, S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConnection").field("session", &self.session).finish_non_exhaustive()
    }
}

/// The error of a [`TlsConnector`] and its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NalError {
    /// There is a connection, or a handshake, already.
    InUse,
    /// The TCP stack could not connect.
    Tcp(ErrorKind),
    /// The TLS handshake failed, or the server's certificate was not accepted.
    Connect(ConnectError),
    /// The connection failed later.
    Session(SessionError),
}

impl From<ConnectError> for NalError {
    fn from(error: ConnectError) -> Self {
        Self::Connect(error)
    }
}

impl From<SessionError> for NalError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl fmt::Display for NalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str(
                "the connector has a connection already: drop it before the next one, or use a connector for each",
            ),
            Self::Tcp(kind) => write!(f, "no connection ({kind:?}): check host and port, and the network's firewall"),
            Self::Connect(error) => error.fmt(f),
            Self::Session(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for NalError {}

impl embedded_io_async::Error for NalError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InUse => ErrorKind::AddrInUse,
            Self::Tcp(kind) => *kind,
            Self::Connect(_) => ErrorKind::PermissionDenied,
            Self::Session(error) => error.kind(),
        }
    }
}
