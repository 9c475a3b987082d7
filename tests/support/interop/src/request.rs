//! Requests that the OAuth server received.

use serde_json::Value;

/// A request as received by the OAuth server and the TLS terminator. It contains no secret and no token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The method, `POST` for example.
    pub method: String,
    /// The requested path.
    pub path: String,
    /// The status of the response.
    pub status: u16,
    /// Where the client sent its secret.
    pub secret_in: SecretIn,
    /// The client id, if the server knows the client.
    pub client_id: Option<String>,
    /// The TLS version, `TLSv1.3` for example; none for plain HTTP.
    pub tls: Option<String>,
    /// Whether the TLS session was resumed.
    pub tls_resumed: bool,
    /// The number of the connection to the TLS terminator; requests with the same number used the same connection.
    pub connection: u64,
}

/// The place of the client secret in a request (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretIn {
    /// In the Authorization header: `client_secret_basic`.
    Header,
    /// In the body: `client_secret_post`.
    Body,
    /// No secret.
    Nowhere,
}

/// Returns the requests in the OAuth server's log, in order.
pub(crate) fn in_log(log: &str) -> Vec<Request> {
    events(log).filter(|event| event["event"] == "request").map(|event| from_event(&event)).collect()
}

/// Returns the port in the OAuth server's log, once it listens.
pub(crate) fn listening_port(log: &str) -> Option<u16> {
    events(log).find(|event| event["event"] == "listening")?["port"].as_u64()?.try_into().ok()
}

/// Returns the lines of the log that are JSON: the server's libraries write text between them.
pub(crate) fn events(log: &str) -> impl Iterator<Item = Value> {
    log.lines().filter(|line| line.starts_with('{')).filter_map(|line| serde_json::from_str(line).ok())
}

fn from_event(event: &Value) -> Request {
    let text = |name: &str| event[name].as_str().map(str::to_owned);
    Request {
        method: text("method").unwrap_or_default(),
        path: text("path").unwrap_or_default(),
        status: event["status"].as_u64().and_then(|status| status.try_into().ok()).unwrap_or_default(),
        secret_in: match event["secret_in"].as_str() {
            Some("header") => SecretIn::Header,
            Some("body") => SecretIn::Body,
            _ => SecretIn::Nowhere,
        },
        client_id: text("client_id"),
        tls: text("tls"),
        tls_resumed: event["tls_resumed"] == true,
        connection: event["connection"].as_u64().unwrap_or_default(),
    }
}
