//! The broker's HTTP interface: the routes.

mod api;
mod awaited_token;
mod credentials;
mod handler;
mod reply;
mod status;
mod token;
mod token_endpoint;

use std::pin::pin;
use std::time::Duration;

pub(crate) use handler::Handler;
use hyper::body::Incoming;
use hyper::{Method, Request, Response};
pub(crate) use reply::ReplyBody;

use crate::peer::Peer;
use crate::registry::Registry;

/// The route of a request.
enum Route<'p> {
    /// RFC 6749 section 4.4.
    TokenEndpoint,
    /// `GET /token`, for scripts.
    Token,
    /// A request to the Platform API: its path without the prefix.
    Api(&'p str),
    Health,
    Readiness,
    Metrics,
    Status,
    Unknown,
}

impl Handler {
    /// Answers one request. Dropping the future cancels the request.
    async fn answer(&self, request: Request<Incoming>, peer: Peer) -> Response<ReplyBody> {
        let registry = self.current.registry();
        // Copied, because the request is moved into the forwarder.
        let path = request.uri().path().to_owned();
        match route(&registry, without_empty_segments(&path)) {
            Route::Token => token::answer(&registry, &request, &peer).await,
            Route::TokenEndpoint => token_endpoint::answer(&registry, request, &peer).await,
            Route::Api(rest) => {
                // Pinned here: the future is large, and would be copied into each of those around it.
                let answer = pin!(api::answer(self, &registry, request, rest, &peer));
                self.bounded(&registry, answer).await
            }
            Route::Health => reply::text(200, "ok\n"),
            Route::Readiness => status::readiness(&registry).await,
            Route::Metrics => match may_read(&registry, &request, &peer) {
                Ok(()) => reply::open_metrics(self.metrics.text(&registry).await),
                Err(refusal) => refusal,
            },
            Route::Status => match may_read(&registry, &request, &peer) {
                Ok(()) => reply::json(200, &status::of(&registry).await),
                Err(refusal) => refusal,
            },
            Route::Unknown => reply::problem(
                404,
                "not_found",
                "the broker serves /oauth/token, /token, /api/v2/…, /healthz, /readyz, /metrics and /status",
            ),
        }
    }

    async fn bounded(
        &self,
        registry: &Registry,
        answer: impl Future<Output = Response<ReplyBody>>,
    ) -> Response<ReplyBody> {
        match tokio::time::timeout(registry.limits.request_timeout, answer).await {
            Ok(reply) => reply,
            Err(_elapsed) => reply::unavailable(
                504,
                "the request took longer than `request_timeout`",
                Duration::from_secs(1),
            ),
        }
    }
}

/// Returns whether this peer may read metrics and status: any consumer, and the broker's administrator.
fn may_read(
    registry: &Registry,
    request: &Request<Incoming>,
    peer: &Peer,
) -> Result<(), Response<ReplyBody>> {
    if request.method() != Method::GET {
        return Err(reply::method_not_allowed("GET"));
    }
    let is_administrator =
        matches!(peer, Peer::Unix { uid, .. } if *uid == 0 || *uid == rustix::process::geteuid().as_raw());
    if is_administrator || !registry.consumers_of(peer).is_empty() {
        return Ok(());
    }
    credentials::consumer(registry, request.headers(), peer, None).map(|_| ())
}

fn route<'p>(registry: &Registry, path: &'p str) -> Route<'p> {
    match path {
        "/token" => Route::Token,
        "/oauth/token" => Route::TokenEndpoint,
        "/healthz" => Route::Health,
        "/readyz" => Route::Readiness,
        "/metrics" => Route::Metrics,
        "/status" => Route::Status,
        _ if path.starts_with("/api/v2/") => Route::Api(path),
        _ => match behind(path, &registry.prefixes.login) {
            Some("/oauth/token") => Route::TokenEndpoint,
            _ => match behind(path, &registry.prefixes.api) {
                Some(rest) if rest.starts_with("/api/v2/") => Route::Api(rest),
                _ => Route::Unknown,
            },
        },
    }
}

/// Returns a path without the empty segments at its beginning. Earlier Go SDKs, and programs built with them, begin the path of every
/// request to a gateway with two slashes.
fn without_empty_segments(path: &str) -> &str {
    let slashes = path.bytes().take_while(|byte| *byte == b'/').count();
    path.get(slashes.saturating_sub(1)..).unwrap_or(path)
}

/// Returns the rest of a path after a prefix, with its leading slash.
fn behind<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    path.strip_prefix('/')?.strip_prefix(prefix).filter(|rest| rest.starts_with('/'))
}
