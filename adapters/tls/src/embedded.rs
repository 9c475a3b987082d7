//! The engine: embedded-tls behind its guards.

use core::fmt;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorType, Read, Write};
use embedded_tls::{CryptoRngCore, TlsConfig, TlsConnection, TlsContext, TlsError};
use zeroize::Zeroize;

use crate::await_apart;
use crate::chain::ChainError;
use crate::engine::{TlsEngine, TlsSession};
use crate::error::{ConnectError, SessionError};
use crate::expected::Expected;
use crate::guard::GuardedSuite;
use crate::guard::journal::Journal;
use crate::guard::records::{RecordFault, RecordFilter};
use crate::verifier::{Provider, Verifier};

/// embedded-tls takes a `ServerHello` and little else into less.
const MIN_RECEIVE: usize = 1024;
/// A `ClientHello` with a host name of 253 bytes.
const MIN_SEND: usize = 512;

/// TLS 1.3 without an allocator: `TLS_AES_128_GCM_SHA256`, key exchange on P-256, random numbers of `R`.
///
/// `RECEIVE` and `SEND` are the sizes of the [`Workspace`]'s buffers in bytes.
#[derive(Debug)]
pub struct EmbeddedTls<R, const RECEIVE: usize = 8192, const SEND: usize = 512> {
    rng: R,
}

impl<R: CryptoRngCore, const RECEIVE: usize, const SEND: usize> EmbeddedTls<R, RECEIVE, SEND> {
    /// An engine that draws its keys from `rng`, which must be a cryptographic generator seeded from true entropy.
    pub fn new(rng: R) -> Self {
        Self { rng }
    }
}

/// Buffers for one connection.
///
/// The receive buffer must hold the largest record that the server sends: its certificates go in one, some 5 KB for AWS; a server
/// may send up to 16640 bytes. The send buffer less 128 bytes bounds how much of the application goes out in one record. They hold
/// plaintext until they are used again or wiped ([`Zeroize`]), which is the caller's.
pub struct Workspace<const RECEIVE: usize = 8192, const SEND: usize = 512> {
    receive: [u8; RECEIVE],
    send: [u8; SEND],
    journal: Journal,
}

impl<const RECEIVE: usize, const SEND: usize> Workspace<RECEIVE, SEND> {
    /// Empty buffers: for a static, or wherever they are to stay.
    #[must_use]
    pub const fn new() -> Self {
        Self { receive: [0; RECEIVE], send: [0; SEND], journal: Journal::new() }
    }
}

/// Overwrites what a connection left behind: plaintext, on both ways.
impl<const RECEIVE: usize, const SEND: usize> Zeroize for Workspace<RECEIVE, SEND> {
    fn zeroize(&mut self) {
        for buffer in [&mut self.receive[..], &mut self.send] {
            // A wide fill, then a barrier, so that the optimiser does not leave it out.
            buffer.fill(0);
            zeroize::optimization_barrier(buffer);
        }
    }
}

impl<const RECEIVE: usize, const SEND: usize> Default for Workspace<RECEIVE, SEND> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const RECEIVE: usize, const SEND: usize> fmt::Debug for Workspace<RECEIVE, SEND> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").field("receive", &RECEIVE).field("send", &SEND).finish_non_exhaustive()
    }
}

impl<R: CryptoRngCore, const RECEIVE: usize, const SEND: usize> TlsEngine for EmbeddedTls<R, RECEIVE, SEND> {
    type Workspace = Workspace<RECEIVE, SEND>;
    type Session<'w, S>
        = Session<'w, S>
    where
        S: Read + Write + 'w;

    async fn connect_in<'w, S>(
        &mut self,
        place: &mut Option<Session<'w, S>>,
        socket: S,
        workspace: &'w mut Self::Workspace,
        expected: &Expected<'_>,
    ) -> Result<(), ConnectError>
    where
        S: Read + Write + 'w,
    {
        // Before anything is sent: without a time no certificate will do.
        expected.now().ok_or(ChainError::NoClock)?;
        if RECEIVE < MIN_RECEIVE || SEND < MIN_SEND {
            return Err(ConnectError::WorkspaceTooSmall { receive: MIN_RECEIVE, send: MIN_SEND });
        }
        let Workspace { receive, send, journal } = workspace;
        let journal = &*journal;
        journal.clear();
        Session::prepare(place, socket, journal, receive, send);
        let handshake = await_apart!(self.handshake(place, expected, journal));
        if let Err(error) = handshake {
            *place = None;
            return Err(error);
        }
        journal.set_established();
        let session = place.as_mut().ok_or(ConnectError::Engine)?;
        session.state = State::Open;
        Ok(())
    }
}

impl<R: CryptoRngCore, const RECEIVE: usize, const SEND: usize> EmbeddedTls<R, RECEIVE, SEND> {
    async fn handshake<S: Read + Write>(
        &mut self,
        place: &mut Option<Session<'_, S>>,
        expected: &Expected<'_>,
        journal: &Journal,
    ) -> Result<(), ConnectError> {
        let tls = place.as_mut().and_then(|session| session.tls.as_mut()).ok_or(ConnectError::Engine)?;
        let config = TlsConfig::new().enable_rsa_signatures().with_server_name(expected.name().as_ref());
        let mut provider = Provider { rng: &mut self.rng, verifier: Verifier::new(expected, journal) };
        let opened = tls.open(TlsContext::new(&config, &mut provider)).await;
        let verifier = &provider.verifier;
        match opened {
            Ok(()) if verifier.is_authenticated() => Ok(()),
            Ok(()) => Err(RecordFault::Unauthenticated.into()),
            Err(error) => Err(explain(error, verifier.failure(), journal.fault())),
        }
    }
}

/// The engine's error is the last of what is known: the verifier and the record filter saw more.
fn explain(error: TlsError, failure: Option<ConnectError>, fault: Option<RecordFault>) -> ConnectError {
    if let Some(error) = failure {
        return error;
    }
    if let Some(fault) = fault {
        return fault.into();
    }
    match error {
        // What `guard::cipher` makes of split messages, alerts and illegal records.
        TlsError::Unimplemented => ConnectError::MessageSplit,
        TlsError::InvalidHandshake => ConnectError::Alert,
        TlsError::InvalidRecord | TlsError::AbortHandshake(..) => ConnectError::UnexpectedMessage,
        TlsError::CryptoError => ConnectError::BadRecord,
        TlsError::InvalidSignature => ConnectError::Finished,
        TlsError::InvalidKeyShare => RecordFault::InvalidServerHello.into(),
        TlsError::ParseError(_)
        | TlsError::DecodeError
        | TlsError::InsufficientSpace
        | TlsError::OutOfMemory
        | TlsError::InvalidCertificate
        | TlsError::InvalidCertificateEntry
        | TlsError::InvalidCertificateRequest
        | TlsError::InvalidExtensionsLength
        | TlsError::InvalidSignatureScheme
        | TlsError::UnknownExtensionType => ConnectError::MalformedMessage,
        _ => ConnectError::Engine,
    }
}

type Connection<'w, S> = TlsConnection<'w, RecordFilter<'w, S>, GuardedSuite>;

/// An authenticated connection of [`EmbeddedTls`].
pub struct Session<'w, S: Read + Write + 'w> {
    /// Nothing once it is closed.
    tls: Option<Connection<'w, S>>,
    journal: &'w Journal,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// A call is running; whoever finds this later knows that it was cancelled.
    Busy,
    /// The server sent `close_notify`, or this side did.
    Ended,
    Failed(SessionError),
}

impl<'w, S: Read + Write> Session<'w, S> {
    /// What the handshake begins with. It is not open, so no call does anything until it is.
    #[inline(never)] // What moves here does not lie below the handshake.
    fn prepare(
        place: &mut Option<Self>,
        socket: S,
        journal: &'w Journal,
        receive: &'w mut [u8],
        send: &'w mut [u8],
    ) {
        let filter = RecordFilter::new(socket, journal, receive.len());
        *place =
            Some(Self { tls: Some(TlsConnection::new(filter, receive, send)), journal, state: State::Busy });
    }

    /// Takes the connection for one call.
    fn begin(&mut self) -> Result<&mut Connection<'w, S>, SessionError> {
        let error = match (self.state, &mut self.tls) {
            (State::Open, Some(tls)) => {
                self.state = State::Busy;
                return Ok(tls);
            }
            (State::Open | State::Ended, _) => return Err(SessionError::Ended),
            (State::Busy, _) => SessionError::Abandoned,
            (State::Failed(error), _) => error,
        };
        self.state = State::Failed(error);
        Err(error)
    }

    fn finish<T>(&mut self, result: Result<T, TlsError>) -> Result<T, SessionError> {
        match result {
            Ok(value) => {
                self.state = State::Open;
                Ok(value)
            }
            Err(error) => {
                let error = self.explain(error);
                self.state = State::Failed(error);
                Err(error)
            }
        }
    }

    fn explain(&self, error: TlsError) -> SessionError {
        if let Some(fault) = self.journal.fault() {
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
        if buf.is_empty() || self.state == State::Ended {
            return Ok(0);
        }
        match await_apart!(self.begin()?.read(buf)) {
            Err(TlsError::ConnectionClosed) => {
                self.state = State::Ended;
                Ok(0)
            }
            result => self.finish(result),
        }
    }
}

impl<S: Read + Write> Write for Session<'_, S> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, SessionError> {
        let result = await_apart!(self.begin()?.write(buf));
        self.finish(result)
    }

    async fn flush(&mut self) -> Result<(), SessionError> {
        let result = await_apart!(self.begin()?.flush());
        self.finish(result)
    }
}

impl<S: Read + Write> TlsSession for Session<'_, S> {
    async fn close(&mut self) -> Result<(), SessionError> {
        match self.flush().await {
            Ok(()) => {}
            // There is nobody to tell.
            Err(SessionError::Ended) => return Ok(()),
            Err(error) => return Err(error),
        }
        self.state = State::Busy;
        let Some(mut filter) = self.tls.take().and_then(|tls| farewell(tls, self.journal)) else {
            self.state = State::Failed(SessionError::Engine);
            return Err(SessionError::Engine);
        };
        let sent = filter.release().await.is_ok();
        let fault = self.journal.fault().map_or(SessionError::Engine, SessionError::Record);
        self.state = if sent { State::Ended } else { State::Failed(fault) };
        if sent { Ok(()) } else { Err(fault) }
    }
}

/// Has the engine write its `close_notify` into the record filter, which keeps it and never lets the engine wait.
///
/// Awaited, the engine's own way would be in every future that closes a session, with the connection in it twice.
#[inline(never)]
fn farewell<'w, S: Read + Write>(tls: Connection<'w, S>, journal: &Journal) -> Option<RecordFilter<'w, S>> {
    journal.set_closing();
    match pin!(tls.close()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(filter)) => Some(filter),
        _ => None,
    }
}

impl<S: Read + Write> fmt::Debug for Session<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("state", &self.state).finish_non_exhaustive()
    }
}
