//! Hints for requests that reached the wrong host, and for other likely mistakes.
//!
//! The real service does not send them. They are in the body, in the header `Sandbox-Hint` and in the log.

use serde_json::json;

use crate::response::Response;
use crate::state::Urls;
use crate::tokens::correlation_id;

/// The response header with the hint.
const HEADER: &str = "Sandbox-Hint";

/// Answers a token request at the API host.
pub(crate) fn token_request_at_api(urls: &Urls) -> Response {
    wrong_host(&format!(
        "this is the API host; send token requests to the login host, {}/oauth/token (or start the sandbox with --one-port)",
        urls.login
    ))
}

/// Answers a Platform API request at the login host.
pub(crate) fn api_request_at_login(urls: &Urls) -> Response {
    wrong_host(&format!(
        "this is the login host; send Platform API requests to the API host, {} (or start the sandbox with --one-port)",
        urls.api
    ))
}

/// Adds a hint to the refusal of a client id that contains a percent sign.
pub(crate) fn form_encoded_client_id(refusal: Response) -> Response {
    refusal.header(
        HEADER,
        "the client id contains a percent sign; if the client form-encodes Basic credentials (RFC 6749 section 2.3.1), start the \
         sandbox with --basic-auth form-encoded",
    )
}

/// Returns the hint of a response.
pub(crate) fn of(response: &Response) -> Option<String> {
    let found = response.headers.iter().find(|(name, _)| name == HEADER);
    found.map(|(_, value)| value.clone())
}

/// 404 with the members that OAuth clients and Platform API clients show to their users.
fn wrong_host(hint: &str) -> Response {
    let id = correlation_id();
    let body = json!({
        "error": "invalid_request",
        "error_description": hint,
        "message": hint,
        "code": "not.found",
        "status": 404,
        "contextId": id,
    });
    Response::new(404).header("ININ-Correlation-Id", &id).header(HEADER, hint).json(body.to_string())
}
