//! TLS engines: what the rest of a device's program needs of one.

use core::future::Future;

use embedded_io_async::{ErrorType, Read, Write};

use crate::error::{ConnectError, SessionError};
use crate::expected::Expected;

/// An implementation of TLS that connects to the expected server or not at all.
///
/// The one here is [`EmbeddedTls`](crate::EmbeddedTls). Another one, around Mbed TLS for hosts without TLS 1.3 say, implements
/// this trait and promises:
///
/// - [`TlsEngine::connect`] gives a session only when the peer has proved to be the expected server: a chain to one of the trust
///   anchors at the expected time, the expected name, and possession of the leaf's key in this very handshake;
/// - until then no byte of the application was sent;
/// - a session whose call failed or was cancelled sends and gives nothing any more.
pub trait TlsEngine {
    /// Buffers for one connection, kept by the caller.
    type Workspace;

    /// An authenticated connection over the transport `S`.
    type Session<'w, S>: TlsSession
    where
        Self::Workspace: 'w,
        S: Read + Write + 'w;

    /// Connects over `socket`, an open connection to the server.
    ///
    /// There is no timeout: the caller drops the future at its deadline. Nothing of the attempt survives that but `workspace`,
    /// which the next attempt can use.
    ///
    /// # Errors
    ///
    /// [`ConnectError`]: no byte of the application was sent.
    fn connect<'w, S>(
        &mut self,
        socket: S,
        workspace: &'w mut Self::Workspace,
        expected: &Expected<'_>,
    ) -> impl Future<Output = Result<Self::Session<'w, S>, ConnectError>>
    where
        S: Read + Write + 'w;
}

/// An authenticated connection.
///
/// `read` gives 0 only when the server ended the connection with `close_notify`; an end without it is
/// [`RecordFault::Truncated`](crate::RecordFault::Truncated). What is written may be buffered until `flush`.
///
/// None of the calls may be cancelled: after a future of one was dropped, every call gives [`SessionError::Abandoned`].
pub trait TlsSession: ErrorType<Error = SessionError> + Read + Write {
    /// Sends what is buffered and `close_notify`, and ends the connection. After the server ended it nothing more is sent.
    ///
    /// # Errors
    ///
    /// [`SessionError`] when that could not be sent.
    fn close(self) -> impl Future<Output = Result<(), SessionError>>;
}
