//! Metrics through the facade of the crate `metrics` (feature `metrics`): the program chooses the recorder.
//!
//! | Name | Labels | Meaning |
//! |---|---|---|
//! | [`HTTP_REQUESTS`] | `host`, `method`, `status`, `phase` | requests to login host and API host; without a response `status` is `none`, and `phase` says how far it came |
//! | [`HTTP_REQUEST_SECONDS`] | `host`, `method` | time from the begin of a request to the end of its response, or of its head if the body is streamed |
//! | [`CONNECTIONS`] | `host`, `reused` | requests by whether their connection had served another one before |
//! | [`EXCHANGES`] | `host`, `outcome` | exchanges for an access token: `token` or `failure` |
//! | [`RATE_LIMIT_WAIT_SECONDS`] | `host` | waits for the rate limit of the API |
//!
//! No label has a path, an id or a part of a token: their number is bounded.

use std::time::Duration;

use ::metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use http::Method;

use crate::transport::Phase;

/// Requests to login host and API host.
pub const HTTP_REQUESTS: &str = "genesys_token_http_requests_total";
/// Durations of requests, in seconds.
pub const HTTP_REQUEST_SECONDS: &str = "genesys_token_http_request_duration_seconds";
/// Requests by whether their connection was reused.
pub const CONNECTIONS: &str = "genesys_token_connections_total";
/// Exchanges for an access token.
pub const EXCHANGES: &str = "genesys_token_exchanges_total";
/// Waits for the rate limit, in seconds.
pub const RATE_LIMIT_WAIT_SECONDS: &str = "genesys_token_rate_limit_wait_seconds";

/// Describes all metrics to the recorder. Call it once, after the recorder was installed.
pub fn describe() {
    describe_counter!(HTTP_REQUESTS, Unit::Count, "Requests to the login host and the API host");
    describe_histogram!(
        HTTP_REQUEST_SECONDS,
        Unit::Seconds,
        "Time from the begin of a request to the end of its response"
    );
    describe_counter!(CONNECTIONS, Unit::Count, "Requests by whether their connection was reused");
    describe_counter!(EXCHANGES, Unit::Count, "Exchanges for an access token");
    describe_histogram!(RATE_LIMIT_WAIT_SECONDS, Unit::Seconds, "Waits for the rate limit of the API");
}

pub(crate) fn request_ended(
    host: &str,
    method: &Method,
    status: Option<u16>,
    phase: Phase,
    elapsed: Duration,
) {
    let method = known(method);
    let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    let phase = name(phase);
    counter!(HTTP_REQUESTS, "host" => host.to_owned(), "method" => method, "status" => status, "phase" => phase)
        .increment(1);
    histogram!(HTTP_REQUEST_SECONDS, "host" => host.to_owned(), "method" => method).record(elapsed);
}

pub(crate) fn connection_used(host: &str, reused: bool) {
    let reused = if reused { "true" } else { "false" };
    counter!(CONNECTIONS, "host" => host.to_owned(), "reused" => reused).increment(1);
}

pub(crate) fn exchange_ended(host: &str, is_success: bool) {
    let outcome = if is_success { "token" } else { "failure" };
    counter!(EXCHANGES, "host" => host.to_owned(), "outcome" => outcome).increment(1);
}

pub(crate) fn rate_limit_waited(host: &str, wait: Duration) {
    histogram!(RATE_LIMIT_WAIT_SECONDS, "host" => host.to_owned()).record(wait);
}

/// Returns the name of a registered method. A program may make up others: they are one, so that labels stay few.
fn known(method: &Method) -> &'static str {
    const NAMES: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    NAMES.into_iter().find(|name| method.as_str() == *name).unwrap_or("other")
}

const fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::NameLookup => "name_lookup",
        Phase::Connect => "connect",
        Phase::Proxy => "proxy",
        Phase::TlsHandshake => "tls_handshake",
        Phase::Request => "request",
        Phase::Response => "response",
        Phase::Body => "body",
    }
}
