//! The engine: embedded-tls behind its guards.

use embedded_io_async::{Read, Write};
use embedded_tls::{CryptoRngCore, TlsConfig, TlsContext, TlsError};

use super::session::Session;
use super::state::SharedState;
use super::verifier::{Provider, Verifier};
use super::workspace::Workspace;
use crate::await_in_own_frame;
use crate::chain::ChainError;
use crate::engine::TlsEngine;
use crate::error::ConnectError;
use crate::expected::Expected;
use crate::fault::RecordFault;

/// The smallest receive buffer, in bytes: embedded-tls needs about as many for a `ServerHello` and short messages.
const MIN_RECEIVE: usize = 1024;
/// The smallest send buffer, in bytes: a `ClientHello` with a host name of 253 bytes.
const MIN_SEND: usize = 512;

/// TLS 1.3 without an allocator: `TLS_AES_128_GCM_SHA256`, key exchange on P-256, random numbers from `R`.
///
/// `RECEIVE` and `SEND` are the sizes of the [`Workspace`]'s buffers in bytes.
#[derive(Debug)]
pub struct EmbeddedTls<R, const RECEIVE: usize = 8192, const SEND: usize = 512> {
    rng: R,
}

impl<R: CryptoRngCore, const RECEIVE: usize, const SEND: usize> EmbeddedTls<R, RECEIVE, SEND> {
    /// Creates an engine that draws its keys from `rng`: a cryptographically secure generator, seeded from a true entropy source.
    pub fn new(rng: R) -> Self {
        Self { rng }
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
        // Before anything is sent: without a time every certificate is refused.
        expected.now().ok_or(ChainError::NoClock)?;
        if RECEIVE < MIN_RECEIVE || SEND < MIN_SEND {
            return Err(ConnectError::WorkspaceTooSmall { receive: MIN_RECEIVE, send: MIN_SEND });
        }
        let Workspace { receive, send, state } = workspace;
        let state = &*state;
        state.reset();
        Session::prepare(place, socket, state, receive, send);
        let handshake = await_in_own_frame!(self.handshake(place, expected, state));
        if let Err(error) = handshake {
            *place = None;
            return Err(error);
        }
        state.set_established();
        place.as_mut().ok_or(ConnectError::Engine)?.open();
        Ok(())
    }
}

impl<R: CryptoRngCore, const RECEIVE: usize, const SEND: usize> EmbeddedTls<R, RECEIVE, SEND> {
    async fn handshake<S: Read + Write>(
        &mut self,
        place: &mut Option<Session<'_, S>>,
        expected: &Expected<'_>,
        state: &SharedState,
    ) -> Result<(), ConnectError> {
        let tls = place.as_mut().and_then(Session::connection).ok_or(ConnectError::Engine)?;
        let config = TlsConfig::new().enable_rsa_signatures().with_server_name(expected.name().as_ref());
        let mut provider = Provider { rng: &mut self.rng, verifier: Verifier::new(expected, state) };
        let opened = tls.open(TlsContext::new(&config, &mut provider)).await;
        let verifier = &provider.verifier;
        match opened {
            Ok(()) if verifier.is_authenticated() => Ok(()),
            Ok(()) => Err(RecordFault::Unauthenticated.into()),
            Err(error) => Err(explain(error, verifier.failure(), state.fault())),
        }
    }
}

/// Chooses the error to return. The reasons that verifier and record filter stored are more precise than the engine's error.
fn explain(error: TlsError, failure: Option<ConnectError>, fault: Option<RecordFault>) -> ConnectError {
    if let Some(error) = failure {
        return error;
    }
    if let Some(fault) = fault {
        return fault.into();
    }
    match error {
        // The cipher guard causes the first three, for split messages, alerts and illegal content.
        TlsError::Unimplemented => ConnectError::MessageSplit,
        TlsError::InvalidHandshake => ConnectError::Alert,
        TlsError::InvalidRecord | TlsError::AbortHandshake(..) => ConnectError::UnexpectedMessage,
        TlsError::CryptoError => ConnectError::BadRecord,
        TlsError::InvalidSignature => ConnectError::Finished,
        TlsError::InvalidKeyShare => RecordFault::InvalidServerHello.into(),
        // The first is also what the cipher guard causes for malformed messages.
        TlsError::InvalidExtensionsLength
        | TlsError::ParseError(_)
        | TlsError::DecodeError
        | TlsError::InsufficientSpace
        | TlsError::OutOfMemory
        | TlsError::InvalidCertificate
        | TlsError::InvalidCertificateEntry
        | TlsError::InvalidCertificateRequest
        | TlsError::InvalidSignatureScheme
        | TlsError::UnknownExtensionType => ConnectError::MalformedMessage,
        _ => ConnectError::Engine,
    }
}
