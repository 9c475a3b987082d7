//! Writers of a token request.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use genesys_token_core::settings::{Client, ClientAuth, ClientId, ClientSecret, Scope};
use genesys_token_core::wire::{Grant, TokenRequest};

pub const ID: &str = "6b0ca5f2-6b2c-4a55-8d1e-5f3a3c1a9f0e";
pub const SECRET: &str = "5rX3m2VtQ0sYJ8nGkW7cLh1ZpDfUaE9bTqRyNvBxMiO";
pub const SCOPE: &str = "analytics routing:readonly";

/// The four fields of the longer request, in core's order.
pub const FIELDS: [(&str, &str); 4] =
    [("grant_type", "client_credentials"), ("scope", SCOPE), ("client_id", ID), ("client_secret", SECRET)];

/// Checked settings: made once per process, not once per request.
pub struct Settings {
    id: ClientId,
    secret: ClientSecret,
    scope: Scope,
}

impl Settings {
    #[expect(clippy::new_without_default, reason = "it is a fixture")]
    pub fn new() -> Self {
        Self {
            id: ClientId::new(ID).expect("an id"),
            secret: ClientSecret::new(SECRET).expect("a secret"),
            scope: Scope::new(SCOPE).expect("a scope"),
        }
    }
}

/// Four fields: client id and secret in the body, and a scope.
pub fn ours_form<'b>(settings: &Settings, body: &'b mut [u8]) -> &'b [u8] {
    let client = Client::confidential(&settings.id, &settings.secret, ClientAuth::RequestBody);
    let request =
        TokenRequest::new(client, Grant::ClientCredentials).expect("a request").with_scope(&settings.scope);
    request.write_body(body).expect("it fits")
}

/// Writes the usual request: the body's single field and the `Authorization` value.
pub fn ours_basic<'b>(
    settings: &Settings,
    body: &'b mut [u8],
    authorization: &'b mut [u8],
) -> (&'b [u8], Option<&'b [u8]>) {
    let client = Client::confidential(&settings.id, &settings.secret, ClientAuth::Basic);
    let request = TokenRequest::new(client, Grant::ClientCredentials).expect("a request");
    (request.write_body(body).expect("it fits"), request.write_authorization(authorization).expect("it fits"))
}

pub fn serde_urlencoded_form(fields: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(fields).expect("pairs of text")
}

pub fn form_urlencoded_form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Builds the whole usual request as most host programs do.
pub fn http_request(id: &str, secret: &str) -> http::Request<String> {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .finish();
    http::Request::post("https://login.mypurecloud.de/oauth/token")
        .header("authorization", format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}"))))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .header("content-length", body.len())
        .body(body)
        .expect("a request")
}
