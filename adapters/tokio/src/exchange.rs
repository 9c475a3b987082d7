//! One exchange: credentials, request, response. What comes of it is decided in core.

use bytes::Bytes;
use genesys_token_core::call::{Call, Limits, Replay};
use genesys_token_core::settings::ConfigError;
use genesys_token_core::wire::{ResponseHead, TokenRequest};
use http::{HeaderMap, HeaderValue, Method, header};
use zeroize::Zeroizing;

use crate::credentials::{CredentialError, Credentials};
use crate::error::TokenErrorKind;
use crate::grant::Grant;
use crate::state::Shared;
use crate::transport::{Outgoing, USER_AGENT};

/// The longest response body of the token endpoint, in bytes. Its own have some hundred; HTML of what stands before it
/// may have thousands.
const BODY_MAX: usize = 16 * 1024;

/// A response of the token endpoint, for core to read.
pub(crate) struct Obtained {
    pub(crate) head: ResponseHead,
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// A hash of the credentials it was asked with.
    pub(crate) credentials: u64,
}

/// Asks the source for credentials, within its own time.
pub(crate) async fn credentials(shared: &Shared) -> Result<Credentials, CredentialError> {
    let limit = shared.settings.credentials_timeout;
    match tokio::time::timeout(limit, shared.settings.credentials.credentials()).await {
        Ok(credentials) => credentials,
        Err(_elapsed) => Err(CredentialError::Timeout(limit)),
    }
}

/// Asks for a token. Dropping the future closes the connection.
pub(crate) async fn obtain(shared: &Shared, grant: &Grant) -> Result<Obtained, TokenErrorKind> {
    let credentials = credentials(shared).await.map_err(TokenErrorKind::Credentials)?;
    let hash = shared.hash(&credentials);
    let request = request(shared, &credentials, grant).map_err(TokenErrorKind::Config)?;
    drop(credentials);
    // What follows from the response is the lifecycle's; what follows from a lost connection is as for any request.
    let replay = Replay::of_method("POST");
    let replay = if grant.is_repeatable() { replay.idempotent() } else { replay };
    let mut call = Call::new(replay, Limits::DEFAULT);
    let response = shared.login.send(&request, &mut call, shared.settings.total_timeout, BODY_MAX).await;
    let mut response = response.map_err(TokenErrorKind::Transport)?;
    if let Some(cut) = response.cut.take() {
        if (200..300).contains(&response.head.status()) {
            return Err(TokenErrorKind::Transport(shared.login.error(cut)));
        }
        // Half a body says nothing, but the status still does.
        response.body = Zeroizing::default();
    }
    Ok(Obtained { head: response.head, body: response.body, credentials: hash })
}

fn request(shared: &Shared, credentials: &Credentials, grant: &Grant) -> Result<Outgoing, ConfigError> {
    let settings = &shared.settings;
    let mut request = TokenRequest::new(credentials.as_client(settings.client_auth), grant.as_wire())?;
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
    headers.insert(header::USER_AGENT, USER_AGENT);
    let mut body = Zeroizing::new(vec![0; request.body_len()]);
    request.write_body(&mut body)?;
    Ok(Outgoing {
        method: Method::POST,
        target: settings.token_target.clone(),
        headers,
        // Both are wiped when hyper has dropped its last handle to them.
        body: Bytes::from_owner(body),
    })
}
