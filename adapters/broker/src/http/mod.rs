//! The broker's HTTP interface: the routes.

mod api;
mod awaited_token;
mod credentials;
mod handler;
mod reply;
mod status;
mod token;
mod token_endpoint;

use std::sync::Arc;

pub(crate) use handler::Handler;
use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use reply::Later;
pub(crate) use reply::ReplyBody;

use crate::connection_timer::ConnectionTimer;
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
    /// Begins to answer a request that is not answered at once. Dropping the future cancels the request.
    fn answer(&self, request: Request<Incoming>, peer: Peer, timer: &ConnectionTimer) -> Later<'_> {
        let registry = self.current.registry();
        let path = request.uri().path();
        match route(&registry, without_empty_segments(path)) {
            Route::Api(rest) => {
                let prefix = path.len() - rest.len();
                Box::pin(api::answer(self, registry, request, prefix, peer, timer.clone()))
            }
            _ => Box::pin(self.answer_itself(registry, request, peer)),
        }
    }

    /// Answers a request that is not for the Platform API.
    async fn answer_itself(
        &self,
        registry: Arc<Registry>,
        request: Request<Incoming>,
        peer: Peer,
    ) -> Response<ReplyBody> {
        match route(&registry, without_empty_segments(request.uri().path())) {
            Route::Token => token::answer(&registry, &request, &peer).await,
            Route::TokenEndpoint => token_endpoint::answer(&registry, request, &peer).await,
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
            Route::Api(_) | Route::Unknown => reply::problem(
                404,
                "not_found",
                "the broker serves /oauth/token, /token, /api/v2/…, /healthz, /readyz, /metrics and /status",
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
