//! An engine without TLS, for images that are only measured: what HTTP and TCP cost without it.
//!
//! Nothing can be stolen by it: it talks to hosts whose names end in `.test`, which no network has (RFC 6761 section 6.2), and to
//! nobody else.

use embedded_io_async::{ErrorType, Read, Write};
use genesys_token_embassy::tls::{
    ChainError, ConnectError, Expected, RecordFault, SessionError, TlsEngine, TlsSession,
};
use zeroize::Zeroize;

/// The engine.
#[derive(Debug)]
pub(crate) struct ClearText;

/// It needs no memory.
#[derive(Debug)]
pub struct Nothing;

impl Zeroize for Nothing {
    fn zeroize(&mut self) {}
}

/// The connection as it is.
pub(crate) struct Bare<S>(S);

impl TlsEngine for ClearText {
    type Workspace = Nothing;
    type Session<'w, S>
        = Bare<S>
    where
        S: Read + Write + 'w;

    async fn connect_in<'w, S>(
        &mut self,
        place: &mut Option<Bare<S>>,
        socket: S,
        _workspace: &'w mut Nothing,
        expected: &Expected<'_>,
    ) -> Result<(), ConnectError>
    where
        S: Read + Write + 'w,
    {
        if !expected.name().as_ref().ends_with(".test") {
            return Err(ConnectError::Chain(ChainError::WrongName));
        }
        *place = Some(Bare(socket));
        Ok(())
    }
}

impl<S> ErrorType for Bare<S> {
    type Error = SessionError;
}

impl<S: Read> Read for Bare<S> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, SessionError> {
        self.0.read(buf).await.map_err(|_| SessionError::Record(RecordFault::Truncated))
    }
}

impl<S: Write> Write for Bare<S> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, SessionError> {
        self.0.write(buf).await.map_err(|_| SessionError::Engine)
    }

    async fn flush(&mut self) -> Result<(), SessionError> {
        self.0.flush().await.map_err(|_| SessionError::Engine)
    }
}

impl<S: Read + Write> TlsSession for Bare<S> {
    async fn close(&mut self) -> Result<(), SessionError> {
        self.flush().await
    }
}
