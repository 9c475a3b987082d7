//! The traits of a TLS engine and of its sessions: all that the rest of a device's program uses of TLS.

use core::future::Future;

use embedded_io_async::{ErrorType, Read, Write};

use crate::error::{ConnectError, SessionError};
use crate::expected::Expected;

/// A TLS client that connects to the expected server or not at all.
///
/// This package's implementation is [`Tls13`](crate::Tls13). Another one, for example around Mbed TLS for servers
/// without TLS 1.3, implements this trait and guarantees:
///
/// - [`TlsEngine::connect_in`] returns a session only after the peer proved to be the expected server: its certificate chain ends at
///   one of the trust anchors and is valid at the expected time and for the expected name, and the peer has the private key of the
///   leaf certificate (proved in this handshake);
/// - no byte of the application is sent before that;
/// - after a call of a session failed or was cancelled, the session neither sends nor returns any more bytes.
pub trait TlsEngine {
    /// Buffers for one connection, owned by the caller.
    type Workspace;

    /// An authenticated connection over the transport `S`.
    type Session<'w, S>: TlsSession
    where
        Self::Workspace: 'w,
        S: Read + Write + 'w;

    /// Connects over `socket`, an open connection to the server, and stores the session in `place`.
    ///
    /// The session never moves. On a device this saves three times its size of stack at the deepest call of the handshake.
    ///
    /// There is no timeout: drop the future at the deadline. Afterwards `workspace` can be used for the next attempt, and every call
    /// of a session that is left in `place` returns [`SessionError::Abandoned`].
    ///
    /// # Errors
    ///
    /// [`ConnectError`]. No byte of the application was sent, and `place` is empty.
    fn connect_in<'w, S>(
        &mut self,
        place: &mut Option<Self::Session<'w, S>>,
        socket: S,
        workspace: &'w mut Self::Workspace,
        expected: &Expected<'_>,
    ) -> impl Future<Output = Result<(), ConnectError>>
    where
        S: Read + Write + 'w;

    /// Connects over `socket` and returns the session. For programs that have memory to spare; otherwise use
    /// [`TlsEngine::connect_in`].
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
/// `read` returns 0 only if the server ended the connection with `close_notify`. If the transport ends without it, `read` fails with
/// [`RecordFault::Truncated`](crate::RecordFault::Truncated). Written bytes may stay in a buffer until `flush`.
///
/// No call is cancel safe: after its future was dropped, every call returns [`SessionError::Abandoned`].
pub trait TlsSession: ErrorType<Error = SessionError> + Read + Write {
    /// Sends the buffered bytes and `close_notify`, and ends the connection: every later write returns [`SessionError::Ended`]. If
    /// the server already ended the connection, nothing is sent.
    ///
    /// Takes a reference, because moving a session into the future that closes it costs a device twice the session's size.
    ///
    /// # Errors
    ///
    /// [`SessionError`] if the bytes or the `close_notify` could not be sent.
    fn close(&mut self) -> impl Future<Output = Result<(), SessionError>>;
}
