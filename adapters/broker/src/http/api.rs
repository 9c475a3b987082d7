//! `/api/v2/…`: requests to the Platform API, forwarded with the client's token.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use genesys_token_tokio::ForwardBody;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::http::uri::PathAndQuery;
use hyper::{Method, Request, Response, Uri};

use super::awaited_token::token_of;
use super::credentials;
use super::handler::Handler;
use super::reply::{self, ReplyBody};
use crate::config::Limits;
use crate::connection_timer::{ConnectionTimer, within};
use crate::peer::Peer;
use crate::registry::Registry;

/// Forwards a request, within its time limit. `prefix`: the length of what precedes the path for the service.
pub(super) async fn answer(
    handler: &Handler,
    registry: Arc<Registry>,
    request: Request<Incoming>,
    prefix: usize,
    peer: Peer,
    timer: ConnectionTimer,
) -> Response<ReplyBody> {
    let limit = timer.after(registry.limits.request_timeout);
    // Pinned here, and not moved: the future is large.
    let answer = pin!(forward(handler, &registry, request, prefix, peer));
    within(limit, answer).await.unwrap_or_else(|| {
        reply::unavailable(504, "the request took longer than `request_timeout`", Duration::from_secs(1))
    })
}

async fn forward(
    handler: &Handler,
    registry: &Registry,
    request: Request<Incoming>,
    prefix: usize,
    peer: Peer,
) -> Response<ReplyBody> {
    let consumer = match credentials::consumer(registry, request.headers(), &peer, None) {
        Ok(consumer) => consumer,
        Err(refusal) => return refusal,
    };
    let path = request.uri().path().get(prefix..).unwrap_or_default();
    let Some(target) = target(path, request.uri()) else {
        return reply::problem(
            400,
            "invalid_request",
            "the path contains a dot segment: send it without `.` and `..`",
        );
    };
    if request.method() == Method::DELETE && is_the_token(path) {
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
    let (mut head, body) = request.into_parts();
    head.uri = target.into();
    let Some(body) = body_for_attempts(body, &registry.limits).await else {
        return reply::problem(408, "invalid_request", "the body did not arrive");
    };
    match consumer.upstream.forward(Request::from_parts(head, body)).await {
        Ok(response) => {
            let response = consumer.upstream.received(response);
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
fn target(path: &str, uri: &Uri) -> Option<PathAndQuery> {
    // Most paths have neither dots nor percent signs.
    if path.contains(['.', '%']) && path.split(['/', '\\']).any(is_dots) {
        return None;
    }
    let whole = uri.path_and_query()?;
    // After a prefix, the target is the rest.
    let prefix = uri.path().len().checked_sub(path.len())?;
    if prefix == 0 { Some(whole.clone()) } else { whole.as_str().get(prefix..)?.parse().ok() }
}

/// Returns whether a segment is one dot or two, percent-encoded or not.
fn is_dots(segment: &str) -> bool {
    matches!(&*decoded(segment), b"." | b"..")
}

/// Returns whether a path is that of the token itself in any spelling: with empty segments, with capitals, or percent-encoded. Which of them
/// the service accepts is not documented.
fn is_the_token(path: &str) -> bool {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments
        .map(|segment| decoded(segment).to_ascii_lowercase())
        .eq(["api", "v2", "tokens", "me"].map(Vec::from))
}

/// Returns the bytes that a segment stands for (RFC 3986 section 2.1). A percent sign without two digits stands for itself.
fn decoded(segment: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.split_first_chunk::<2>().filter(|_| byte == b'%');
        let encoded =
            digits.and_then(|([high, low], after)| Some((digit(*high)? << 4 | digit(*low)?, after)));
        let (byte, after) = encoded.unwrap_or((byte, after));
        bytes.push(byte);
        rest = after;
    }
    bytes
}

/// Returns the value of a hexadecimal digit.
fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Keeps a small body for a replay; streams a large one, or one of unknown length. `None`: a small one did not arrive.
async fn body_for_attempts(body: Incoming, limits: &Limits) -> Option<ForwardBody> {
    if body.is_end_stream() {
        return Some(ForwardBody::whole(Bytes::new()));
    }
    let length = body.size_hint().exact();
    let is_small =
        length.is_some_and(|length| usize::try_from(length).is_ok_and(|length| length <= limits.replay_body));
    if !is_small {
        return Some(ForwardBody::streaming(body));
    }
    // In memory of its own: most requests have no body.
    let collected = Box::pin(tokio::time::timeout(limits.idle_timeout, body.collect())).await;
    Some(ForwardBody::whole(collected.ok()?.ok()?.to_bytes()))
}

#[cfg(test)]
mod tests {
    use hyper::Uri;

    use super::{is_the_token, target};

    #[test]
    fn the_token_is_recognised_in_every_spelling() {
        for path in [
            "/api/v2/tokens/me",
            "/api/v2/tokens/me/",
            "/api/v2//tokens/me",
            "/api/v2/Tokens/ME",
            "/api/v2/%74okens/m%65",
        ] {
            assert!(is_the_token(path), "{path}");
        }
        for path in [
            "/api/v2/tokens",
            "/api/v2/tokens/me/x",
            "/api/v2/tokens/m%6",
            "/api/v2/tokens/m%",
            "/api/v2/users/me",
        ] {
            assert!(!is_the_token(path), "{path}");
        }
    }

    #[test]
    fn paths_that_could_leave_the_api_are_refused() {
        let uri = |text: &str| text.parse::<Uri>().expect("a URI");
        for path in
            ["/api/v2/../oauth/token", "/api/v2/%2e%2E/x", "/api/v2/.%2e", "/api/v2/.", "/api/v2/a\\..\\b"]
        {
            assert!(target(path, &Uri::from_static("/api/v2/x")).is_none(), "{path}");
        }
        let path = "/api/v2/users/a%2Fb/...";
        let expected = "/api/v2/users/a%2Fb/...?pageSize=2&x=..";
        for prefix in ["", "/api"] {
            let kept = target(path, &uri(&format!("{prefix}{expected}"))).expect("an ordinary path");
            assert_eq!(kept.as_str(), expected);
        }
    }
}
