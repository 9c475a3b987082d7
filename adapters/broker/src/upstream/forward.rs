//! Requests to the Platform API with the client's token, streamed in both directions.

use genesys_token_tokio::core::wire::ResponseHead;
use genesys_token_tokio::{ApiError, ForwardBody, ForwardedBody, TokenClient};
use hyper::header::{self, HeaderMap, HeaderName};
use hyper::{Request, Response};

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

/// Sends a consumer's request to the API host of this client, and records the rate limit that the response reports in `budget`.
pub(super) async fn send(
    client: &TokenClient,
    mut request: Request<ForwardBody>,
    budget: &Budget,
) -> Result<Response<ForwardedBody>, ApiError> {
    remove(request.headers_mut(), |name| is_hop_by_hop(name) || is_for_the_broker(name));
    let mut response = client.forward(request).await?;
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
    Ok(response)
}

/// Removes these headers, and those that `Connection` names. Most heads have none of them.
fn remove(headers: &mut HeaderMap, is_removed: impl Fn(&HeaderName) -> bool) {
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
