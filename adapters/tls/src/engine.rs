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
/// - [`TlsEngine::connect_in`] gives a session only when the peer has proved to be the expected server: a chain to one of the trust
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

    /// Connects over `socket`, an open connection to the server, and leaves the session in `place`.
    ///
    /// The session never moves: on a device that saves three times its size of stack at the deepest point of the handshake.
    ///
    /// There is no timeout: the caller drops the future at its deadline. `workspace` can be used for the next attempt. What then
    /// stands in `place` is of no use: every call gives [`SessionError::Abandoned`].
    ///
    /// # Errors
    ///
    /// [`ConnectError`]: no byte of the application was sent, and `place` is empty.
    fn connect_in<'w, S>(
        &mut self,
        place: &mut Option<Self::Session<'w, S>>,
        socket: S,
        workspace: &'w mut Self::Workspace,
        expected: &Expected<'_>,
    ) -> impl Future<Output = Result<(), ConnectError>>
    where
        S: Read + Write + 'w;

    /// The same for who has more memory: gives the session.
    ///
    /// # Errors
    ///
    /// As [`TlsEngine::connect_in`].
    fn connect<'w, S>(
        &mut self,
        socket: S,
        workspace: &'w mut Self::Workspace,
        expected: &Expected<'_>,
    ) -> impl Future<Output = Result<Self::Session<'w, S>, ConnectError>>
    where
        S: Read + Write + 'w,
    {
        async move {
            let mut place = None;
            self.connect_in(&mut place, socket, workspace, expected).await?;
            place.ok_or(ConnectError::Engine)
        }
    }
}

/// An authenticated connection.
///
/// `read` gives 0 only when the server ended the connection with `close_notify`; an end without it is
/// [`RecordFault::Truncated`](crate::RecordFault::Truncated). What is written may be buffered until `flush`.
///
/// None of the calls may be cancelled: after a future of one was dropped, every call gives [`SessionError::Abandoned`].
pub trait TlsSession: ErrorType<Error = SessionError> + Read + Write {
    /// Sends what is buffered and `close_notify`, and ends the connection: every later call gives [`SessionError::Ended`]. After
    /// the server ended it nothing more is sent.
    ///
    /// By reference, because a session that is moved into its own last future costs a device its size twice.
    ///
    /// # Errors
    ///
    /// [`SessionError`] when that could not be sent.
    fn close(&mut self) -> impl Future<Output = Result<(), SessionError>>;
}
