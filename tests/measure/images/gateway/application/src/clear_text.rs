//! A `TlsEngine` without TLS, for images that are only measured: what HTTP and TCP cost without it.
//!
//! It cannot leak a secret: it connects only to hosts whose names end in `.test`, which exist on no public network (RFC 6761
//! section 6.2).

use embedded_io_async::{ErrorType, Read, Write};
use genesys_token_embassy::tls::{
    ChainError, ConnectError, Expected, RecordFault, SessionError, TlsEngine, TlsSession,
};
use zeroize::Zeroize;

/// The engine without TLS.
#[derive(Debug)]
pub(crate) struct ClearText;

/// The engine's workspace: it needs none.
#[derive(Debug)]
pub struct NoWorkspace;

impl Zeroize for NoWorkspace {
    fn zeroize(&mut self) {}
}

/// An unencrypted connection.
pub(crate) struct ClearTextSession<S>(S);

impl TlsEngine for ClearText {
    type Workspace = NoWorkspace;
    type Session<'w, S>
        = ClearTextSession<S>
    where
        S: Read + Write + 'w;

    async fn connect_in<'w, S>(
        &mut self,
        place: &mut Option<ClearTextSession<S>>,
        socket: S,
        _workspace: &'w mut NoWorkspace,
        expected: &Expected<'_>,
    ) -> Result<(), ConnectError>
    where
        S: Read + Write + 'w,
    {
        if !expected.name().as_ref().ends_with(".test") {
            return Err(ConnectError::Chain(ChainError::WrongName));
        }
        *place = Some(ClearTextSession(socket));
        Ok(())
    }
}

impl<S> ErrorType for ClearTextSession<S> {
    type Error = SessionError;
}

impl<S: Read> Read for ClearTextSession<S> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, SessionError> {
        self.0.read(buf).await.map_err(|_| SessionError::Record(RecordFault::Truncated))
    }
}

impl<S: Write> Write for ClearTextSession<S> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, SessionError> {
        self.0.write(buf).await.map_err(|_| SessionError::Engine)
    }

    async fn flush(&mut self) -> Result<(), SessionError> {
        self.0.flush().await.map_err(|_| SessionError::Engine)
    }
}

impl<S: Read + Write> TlsSession for ClearTextSession<S> {
    async fn close(&mut self) -> Result<(), SessionError> {
        self.flush().await
    }
}
