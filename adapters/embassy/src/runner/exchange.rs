//! The HTTP exchange for a token. Its response is parsed by core.

use core::cell::Cell;

use embassy_time::{Instant, Timer};
use embedded_io_async::{ErrorType, Read, Write};
use genesys_token_core::lifecycle::Failure;
use genesys_token_core::settings::{Client, ConfigError};
use genesys_token_core::text::CapacityError;
use genesys_token_core::wire::{Grant, ResponseHead, TokenRequest};
use genesys_token_http::{Buffers, Connection, Method, Request};
use genesys_token_tls::SessionError;

use crate::USER_AGENT;
use crate::credentials::Credentials;
use crate::error::Detail;
use crate::settings::Settings;
use crate::transport::{Phase, Service, TransportError, authority};

/// A response of the token endpoint.
pub(super) struct Received {
    pub(super) head: ResponseHead,
    /// The length of the body at the beginning of its buffer.
    pub(super) length: usize,
}

/// Sends the token request and receives the response. `heads` holds secrets afterwards.
pub(super) async fn request_token<S: Read + Write<Error = SessionError>>(
    settings: &Settings<'_>,
    credentials: &Credentials,
    session: &mut S,
    heads: &mut [u8],
    body: &mut [u8],
    deadline: Instant,
    phase: &Cell<Phase>,
) -> Result<Received, Failure<Detail>> {
    let client = Client::confidential(&credentials.id, &credentials.secret, settings.client_auth);
    let request = TokenRequest::new(client, Grant::ClientCredentials)?;
    let authorization_len = request.authorization_len().unwrap_or(0);
    let capacity = heads.len();
    let (first, rest) = heads.split_at_mut_checked(authorization_len).unwrap_or_default();
    let authorization =
        request.write_authorization(first).map_err(|_| too_small(authorization_len, capacity))?;
    let (second, head) = rest.split_at_mut_checked(request.body_len()).unwrap_or_default();
    let form = request
        .write_body(second)
        .map_err(|_| too_small(authorization_len + request.body_len(), capacity))?;

    let endpoint = &settings.endpoint;
    let host = authority(endpoint.login_host(), endpoint.login_port());
    let headers = [("Accept", TokenRequest::ACCEPT), ("User-Agent", USER_AGENT)];
    let mut outgoing = Request::new(Method::Post, host.as_str(), endpoint.token_path())
        .with_headers(&headers)
        .with_body(TokenRequest::CONTENT_TYPE, form)
        .with_close();
    if let Some(authorization) = authorization {
        outgoing = outgoing.with_authorization(authorization);
    }
    let mut connection = Connection::new(PhaseTracking { stream: session, phase });
    let response = connection.exchange(&outgoing, Buffers { head, body }, Timer::at(deadline)).await;
    let response = response.map_err(|error| {
        let transport = TransportError::new(Service::Login, phase.get(), error.kind.into());
        Failure::Transport(Detail::Transport(transport.with_may_have_arrived(error.sent)))
    })?;
    // An incomplete body is not parsed, but the status is still valid.
    let length = if response.cut.is_none() { response.body.len() } else { 0 };
    let head = response.head();
    Ok(Received { head, length })
}

/// The memory for heads is too small for the request.
fn too_small(needed: usize, capacity: usize) -> ConfigError {
    CapacityError { what: "the memory for heads", needed, capacity }.into()
}

/// A stream that records the phase of the exchange.
struct PhaseTracking<'p, S> {
    stream: &'p mut S,
    phase: &'p Cell<Phase>,
}

impl<S: ErrorType> ErrorType for PhaseTracking<'_, S> {
    type Error = S::Error;
}

impl<S: Read> Read for PhaseTracking<'_, S> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, S::Error> {
        self.phase.set(Phase::Response);
        self.stream.read(buffer).await
    }
}

impl<S: Write> Write for PhaseTracking<'_, S> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, S::Error> {
        self.phase.set(Phase::Request);
        self.stream.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), S::Error> {
        self.stream.flush().await
    }
}
