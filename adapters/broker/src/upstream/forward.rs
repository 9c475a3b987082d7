//! Requests to the Platform API with the client's token, streamed in both directions.

use genesys_token_tokio::ForwardedBody;
use genesys_token_tokio::core::wire::ResponseHead;
use hyper::Response;
use hyper::header::{self, HeaderMap, HeaderName};

use super::Budget;

/// Returns whether a header concerns one connection only (RFC 9110 section 7.6.1).
fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Returns whether a header of a request is for the broker alone. `Host` and `Authorization` are not among these: the client replaces them.
fn is_for_the_broker(name: &HeaderName) -> bool {
    *name == header::EXPECT
}

/// Removes the headers of a consumer's request that are not for the API host.
pub(super) fn prepare(headers: &mut HeaderMap) {
    remove(headers, |name| is_hop_by_hop(name) || is_for_the_broker(name));
}

/// Records the rate limit that a response reports in `budget`, and removes the headers that are not for the consumer.
pub(super) fn finish(response: &mut Response<ForwardedBody>, budget: &Budget) {
    let mut head = ResponseHead::new(response.status().as_u16());
    // Nothing else of the head is used here, and reading a date costs more than all the rest.
    for (name, value) in response.headers() {
        if name.as_str().starts_with("inin-ratelimit-") {
            head.header(name.as_str().as_bytes(), value.as_bytes());
        }
    }
    if let Some(limit) = head.rate_limit() {
        budget.observe(&limit);
    }
    remove(response.headers_mut(), is_hop_by_hop);
}

/// Removes these headers, and those that `Connection` names. Most heads have none of them.
fn remove(headers: &mut HeaderMap, is_removed: impl Fn(&HeaderName) -> bool) {
    // `Connection` itself is one of them.
    if !headers.keys().any(&is_removed) {
        return;
    }
    let named = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok());
    let removed: Vec<HeaderName> =
        named.chain(headers.keys().filter(|name| is_removed(name)).cloned()).collect();
    for name in &removed {
        headers.remove(name);
    }
}
