//! What the OAuth server saw of its clients.

use serde_json::Value;

/// A request as the OAuth server and the TLS end saw it. It holds no secret and no token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The method, `POST` for example.
    pub method: String,
    /// The path the client asked for.
    pub path: String,
    /// The status of the response.
    pub status: u16,
    /// Where the client secret was.
    pub secret_in: SecretIn,
    /// The client, where the server knows it.
    pub client_id: Option<String>,
    /// The TLS end's name for the version, `TLSv1.3` for example; none if the request came in clear text.
    pub tls: Option<String>,
    /// The TLS session was resumed.
    pub tls_resumed: bool,
    /// Number of the connection to the TLS end: requests with the same number came over the same connection.
    pub connection: u64,
}

/// Where in a request the client secret was (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretIn {
    /// In the Authorization header: `client_secret_basic`.
    Header,
    /// In the body: `client_secret_post`.
    Body,
    /// There was none.
    Nowhere,
}

/// The requests in the OAuth server's log, in order.
pub(crate) fn in_log(log: &str) -> Vec<Request> {
    events(log).filter(|event| event["event"] == "request").map(|event| from_event(&event)).collect()
}

/// The port in the OAuth server's log, once it listens.
pub(crate) fn listening_port(log: &str) -> Option<u16> {
    events(log).find(|event| event["event"] == "listening")?["port"].as_u64()?.try_into().ok()
}

/// The log's whole lines that are JSON: the server's libraries write prose between them.
fn events(log: &str) -> impl Iterator<Item = Value> {
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
