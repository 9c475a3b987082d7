//! A connection after the handshake.

use core::fmt;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorType, Read, Write};
use embedded_tls::{TlsConnection, TlsError};

use super::record_filter::RecordFilter;
use super::state::SharedState;
use super::suite::GuardedSuite;
use crate::await_in_own_frame;
use crate::engine::TlsSession;
use crate::error::SessionError;

pub(super) type Connection<'w, S> = TlsConnection<'w, RecordFilter<'w, S>, GuardedSuite>;

/// An authenticated connection of [`EmbeddedTls`](super::EmbeddedTls).
pub struct Session<'w, S: Read + Write + 'w> {
    /// `None` once the session is closed.
    tls: Option<Connection<'w, S>>,
    shared: &'w SharedState,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// A call is running. A later call that finds this knows that the running one was cancelled.
    Busy,
    /// Either side sent `close_notify`.
    Ended,
    Failed(SessionError),
}

impl<'w, S: Read + Write> Session<'w, S> {
    /// Creates a session for the handshake. Until [`Session::open`] every call fails.
    #[inline(never)] // The values that are moved here must not be on the stack during the handshake.
    pub(super) fn prepare(
        place: &mut Option<Self>,
        socket: S,
        shared: &'w SharedState,
        receive: &'w mut [u8],
        send: &'w mut [u8],
    ) {
        let filter = RecordFilter::new(socket, shared, receive.len());
        *place =
            Some(Self { tls: Some(TlsConnection::new(filter, receive, send)), shared, phase: Phase::Busy });
    }

    /// Returns the engine's connection, for the handshake.
    pub(super) fn connection(&mut self) -> Option<&mut Connection<'w, S>> {
        self.tls.as_mut()
    }

    /// Permits calls, after the handshake.
    pub(super) fn open(&mut self) {
        self.phase = Phase::Open;
    }

    /// Takes the connection for one call.
    fn begin(&mut self) -> Result<&mut Connection<'w, S>, SessionError> {
        let error = match (self.phase, &mut self.tls) {
            (Phase::Open, Some(tls)) => {
                self.phase = Phase::Busy;
                return Ok(tls);
            }
            (Phase::Open | Phase::Ended, _) => return Err(SessionError::Ended),
            (Phase::Busy, _) => SessionError::Abandoned,
            (Phase::Failed(error), _) => error,
        };
        self.phase = Phase::Failed(error);
        Err(error)
    }

    fn finish<T>(&mut self, result: Result<T, TlsError>) -> Result<T, SessionError> {
        match result {
            Ok(value) => {
                self.phase = Phase::Open;
                Ok(value)
            }
            Err(error) => {
                let error = self.explain(error);
                self.phase = Phase::Failed(error);
                Err(error)
            }
        }
    }

    fn explain(&self, error: TlsError) -> SessionError {
        if let Some(fault) = self.shared.fault() {
            return SessionError::Record(fault);
        }
        match error {
            TlsError::InternalError => SessionError::Alert,
            TlsError::Unimplemented => SessionError::KeyUpdate,
            TlsError::CryptoError
            | TlsError::InvalidRecord
            | TlsError::ParseError(_)
            | TlsError::DecodeError
            | TlsError::InvalidHandshake => SessionError::BadRecord,
            _ => SessionError::Engine,
        }
    }
}

impl<S: Read + Write> ErrorType for Session<'_, S> {
    type Error = SessionError;
}

impl<S: Read + Write> Read for Session<'_, S> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, SessionError> {
        if buf.is_empty() || self.phase == Phase::Ended {
            return Ok(0);
        }
        match await_in_own_frame!(self.begin()?.read(buf)) {
            Err(TlsError::ConnectionClosed) => {
                self.phase = Phase::Ended;
                Ok(0)
            }
            result => self.finish(result),
        }
    }
}

impl<S: Read + Write> Write for Session<'_, S> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, SessionError> {
        let result = await_in_own_frame!(self.begin()?.write(buf));
        self.finish(result)
    }

    async fn flush(&mut self) -> Result<(), SessionError> {
        let result = await_in_own_frame!(self.begin()?.flush());
        self.finish(result)
    }
}

impl<S: Read + Write> TlsSession for Session<'_, S> {
    async fn close(&mut self) -> Result<(), SessionError> {
        match self.flush().await {
            Ok(()) => {}
            // The server already ended the connection.
            Err(SessionError::Ended) => return Ok(()),
            Err(error) => return Err(error),
        }
        self.phase = Phase::Busy;
        let Some(mut filter) = self.tls.take().and_then(|tls| write_close_notify(tls, self.shared)) else {
            self.phase = Phase::Failed(SessionError::Engine);
            return Err(SessionError::Engine);
        };
        let sent = filter.send_kept().await.is_ok();
        let fault = self.shared.fault().map_or(SessionError::Engine, SessionError::Record);
        self.phase = if sent { Phase::Ended } else { Phase::Failed(fault) };
        if sent { Ok(()) } else { Err(fault) }
    }
}

/// Makes the engine write its `close_notify` into the record filter, which keeps it and is always ready.
///
/// Awaiting the engine's `close` instead would put two copies of the connection into every future that closes a session.
#[inline(never)]
fn write_close_notify<'w, S: Read + Write>(
    tls: Connection<'w, S>,
    shared: &SharedState,
) -> Option<RecordFilter<'w, S>> {
    shared.set_closing();
    match pin!(tls.close()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(filter)) => Some(filter),
        _ => None,
    }
}

impl<S: Read + Write> fmt::Debug for Session<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("phase", &self.phase).finish_non_exhaustive()
    }
}
