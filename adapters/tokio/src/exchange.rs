//! One token exchange: credentials, request, response. Core decides what follows from the response.

use std::sync::Arc;

use bytes::Bytes;
use genesys_token_core::call::{Call, Limits, Replay};
use genesys_token_core::lifecycle::Failure;
use genesys_token_core::settings::{Client, ConfigError};
use genesys_token_core::wire::{ResponseHead, TokenRequest};
use http::{HeaderMap, HeaderValue, Method, header};
use zeroize::Zeroizing;

use crate::credentials::{CredentialError, Credentials};
use crate::error::TokenErrorKind;
use crate::grant::Grant;
use crate::state::{Origin, Settings, Shared};
use crate::transport::{ACCEPT_ENCODING, Content, Outgoing, TransportError, TransportErrorKind, USER_AGENT};

/// The longest response body of the token endpoint, in bytes. The service's own have some hundred; the HTML of a proxy may have
/// thousands.
const BODY_MAX: usize = 16 * 1024;

/// A response of the token endpoint.
pub(crate) struct Received {
    pub(crate) head: ResponseHead,
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// Fingerprint of the credentials in the request, if there were any.
    pub(crate) credentials: Option<u64>,
    /// The credentials were sent as they are, and would be another value if they were form-encoded.
    pub(crate) form_encoding_matters: bool,
    /// Where the response is from.
    pub(crate) origin: Origin,
}

/// Asks the source, if there is one, for credentials, within `credentials_timeout`.
pub(crate) async fn credentials(settings: &Settings) -> Result<Option<Credentials>, CredentialError> {
    let Some(source) = &settings.credentials else { return Ok(None) };
    let limit = settings.credentials_timeout;
    match tokio::time::timeout(limit, source.credentials()).await {
        Ok(credentials) => credentials.map(Some),
        Err(_elapsed) => Err(CredentialError::TimedOut(limit)),
    }
}

/// Asks for credentials, sends a token request and reads its response. Dropping the future closes the connection.
pub(crate) async fn request_token(
    shared: &Shared,
    grant: &Grant,
) -> Result<Received, Failure<Arc<TokenErrorKind>>> {
    let credentials = credentials(&shared.settings).await.map_err(no_credentials)?;
    request_token_with(shared, grant, credentials).await
}

/// As [`request_token`], with credentials that are at hand.
pub(crate) async fn request_token_with(
    shared: &Shared,
    grant: &Grant,
    credentials: Option<Credentials>,
) -> Result<Received, Failure<Arc<TokenErrorKind>>> {
    let settings = &shared.settings;
    let fingerprint = credentials.as_ref().map(|credentials| shared.fingerprint(credentials));
    let client = credentials
        .as_ref()
        .map_or_else(Client::of_connection, |credentials| credentials.as_client(settings.client_auth));
    let form_encoding_matters = client.form_encoding_matters();
    let mut request = build_request(settings, client, grant)?;
    drop(credentials);
    // The lifecycle decides what follows from a response; what follows from a lost connection is decided as for any request.
    let replay = Replay::of_method("POST");
    let replay = if grant.is_repeatable() { replay.idempotent() } else { replay };
    let mut call = Call::new(replay, Limits::DEFAULT);
    let slot = shared.login.slot().await;
    let response = shared.login.send(slot, &mut request, &mut call, settings.total_timeout, BODY_MAX).await;
    let mut response = response.map_err(no_response)?;
    if let Some(error) = response.incomplete.take() {
        // A refusal with status 400 says why in its body only (RFC 6749 section 5.2).
        let is_needed = matches!(
            (response.head.status(), error.kind()),
            (200..=299, _) | (400, TransportErrorKind::ResponseEncoded(_))
        );
        if is_needed {
            return Err(no_response(error));
        }
        // Such a body says nothing, but the status does.
        response.body = Zeroizing::default();
    }
    Ok(Received {
        head: response.head,
        body: response.body,
        credentials: fingerprint,
        form_encoding_matters,
        origin: Origin::Service,
    })
}

pub(crate) fn no_credentials(error: CredentialError) -> Failure<Arc<TokenErrorKind>> {
    Failure::NoCredentials(Arc::new(TokenErrorKind::Credentials(error)))
}

fn no_response(error: TransportError) -> Failure<Arc<TokenErrorKind>> {
    let may_have_arrived = error.may_have_arrived();
    let cause = Arc::new(TokenErrorKind::Transport(error));
    if may_have_arrived { Failure::Transport(cause) } else { Failure::NotSent(cause) }
}

fn build_request(settings: &Settings, client: Client<'_>, grant: &Grant) -> Result<Outgoing, ConfigError> {
    let mut request = TokenRequest::new(client, grant.as_wire())?;
    if let Some(scope) = &settings.scope {
        request = request.with_scope(scope);
    }
    let mut headers = HeaderMap::with_capacity(8);
    if let Some(length) = request.authorization_len() {
        let mut value = Zeroizing::new(vec![0; length]);
        request.write_authorization(&mut value)?;
        // Visible ASCII, as Base64 is.
        if let Ok(mut value) = HeaderValue::from_maybe_shared(Bytes::from_owner(value)) {
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(TokenRequest::CONTENT_TYPE));
    headers.insert(header::ACCEPT, HeaderValue::from_static(TokenRequest::ACCEPT));
    headers.insert(header::ACCEPT_ENCODING, ACCEPT_ENCODING);
    headers.insert(header::USER_AGENT, USER_AGENT);
    let mut body = Zeroizing::new(vec![0; request.body_len()]);
    request.write_body(&mut body)?;
    Ok(Outgoing {
        method: Method::POST,
        target: settings.token_target.clone(),
        headers,
        // Both are wiped when hyper drops its last handle to them.
        body: Content::Whole(Bytes::from_owner(body)),
    })
}
