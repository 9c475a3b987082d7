//! `/api/v2/…`: requests to the Platform API, forwarded with the client's token.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::http::uri::PathAndQuery;
use hyper::{Method, Request, Response};

use super::awaited_token::token_of;
use super::credentials;
use super::handler::Handler;
use super::reply::{self, ReplyBody};
use crate::peer::Peer;
use crate::registry::Registry;
use crate::upstream::RequestBody;

pub(super) async fn answer(
    handler: &Handler,
    registry: &Registry,
    request: Request<Incoming>,
    path: &str,
    peer: &Peer,
) -> Response<ReplyBody> {
    let consumer = match credentials::consumer(registry, request.headers(), peer, None) {
        Ok(consumer) => consumer,
        Err(refusal) => return refusal,
    };
    let Some(target) = target(path, request.uri().query()) else {
        return reply::problem(400, "invalid_request", "the path holds a dot segment");
    };
    if request.method() == Method::DELETE && path == "/api/v2/tokens/me" {
        return reply::problem(
            403,
            "access_denied",
            "the token is shared with other consumers and is not revoked: stop using it instead",
        );
    }
    let Ok(permit) = consumer.upstream.budget.acquire(&consumer.lane).await else {
        return reply::unavailable(
            429,
            "too many requests of this consumer wait for the rate limit: `waiting_per_consumer`",
            Duration::from_secs(1),
        );
    };
    // Switches to the successor if the credentials were refused; the forwarder sends with those in use.
    if let Err(unavailable) = token_of(registry, &consumer).await {
        return unavailable;
    }
    let request = match with_body(request, registry.limits.replay_body, registry.limits.idle_timeout).await {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    match consumer.upstream.forwarder().send(request, target, &consumer.upstream.budget).await {
        Ok(response) => {
            handler.metrics.forwarded(&consumer, response.status().as_u16());
            response.map(|body| ReplyBody::Forwarded { body, _permit: permit })
        }
        Err(error) => {
            handler.metrics.forwarded(&consumer, 502);
            // The innermost cause is the one with the sentence for people.
            let mut cause: &dyn std::error::Error = &error;
            while let Some(source) = cause.source() {
                cause = source;
            }
            tracing::warn!(consumer = &*consumer.name, client = consumer.upstream.name, %cause, "a request was not forwarded");
            reply::problem(502, "bad_gateway", &cause.to_string())
        }
    }
}

/// Returns the path for the service. Dot segments (RFC 3986 section 5.2.4) are refused: they could lead out of `/api/v2/`.
fn target(path: &str, query: Option<&str>) -> Option<PathAndQuery> {
    let is_dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    if path.split(['/', '\\']).any(is_dots) {
        return None;
    }
    match query {
        None => path.parse().ok(),
        Some(query) => format!("{path}?{query}").parse().ok(),
    }
}

/// Keeps a small body for a replay; streams a large one, or one of unknown length.
async fn with_body(
    request: Request<Incoming>,
    replay_max: usize,
    limit: Duration,
) -> Result<Request<RequestBody>, Response<ReplyBody>> {
    let (head, body) = request.into_parts();
    if body.is_end_stream() {
        return Ok(Request::from_parts(head, RequestBody::Replayable(Full::default())));
    }
    let is_small = body
        .size_hint()
        .exact()
        .is_some_and(|length| usize::try_from(length).is_ok_and(|length| length <= replay_max));
    let body = if is_small {
        match tokio::time::timeout(limit, body.collect()).await {
            Ok(Ok(body)) => RequestBody::Replayable(Full::new(body.to_bytes())),
            Ok(Err(_)) | Err(_) => {
                return Err(reply::problem(408, "invalid_request", "the body did not arrive"));
            }
        }
    } else {
        RequestBody::Once(body)
    };
    Ok(Request::from_parts(head, body))
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn paths_that_could_leave_the_api_are_refused() {
        for path in ["/api/v2/../oauth/token", "/api/v2/%2e%2E/x", "/api/v2/.", "/api/v2/a\\..\\b"] {
            assert!(target(path, None).is_none(), "{path}");
        }
        let kept = target("/api/v2/users/a%2Fb", Some("pageSize=2&x=..")).expect("an ordinary path");
        assert_eq!(kept.as_str(), "/api/v2/users/a%2Fb?pageSize=2&x=..");
    }
}
