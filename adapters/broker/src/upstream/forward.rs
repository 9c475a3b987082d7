//! Requests to the Platform API with the client's token, streamed in both directions.

use std::fmt;

use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::core::wire::ResponseHead;
use genesys_token_tokio::{TokenClient, TokenLayer, TokenService, TokenServiceError, TryClone};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName};
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy;
use tower_layer::Layer as _;
use tower_service::Service as _;

use super::Budget;
use super::connections::Connections;
use super::request_body::RequestBody;
use crate::config::Limits;

type CopyBody = fn(&RequestBody) -> Option<RequestBody>;

/// Sends requests of consumers to the API host.
pub(crate) struct Forwarder {
    service: TokenService<Connections, TryClone<CopyBody>>,
    authority: Authority,
}

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

/// Returns whether a header of a request is for the broker: it is replaced, or must not be sent on.
fn is_for_the_broker(name: &HeaderName) -> bool {
    matches!(name.as_str(), "host" | "authorization" | "expect")
}

impl Forwarder {
    pub(super) fn new(client: &TokenClient, endpoint: &Endpoint, limits: &Limits) -> Self {
        let layer = TokenLayer::new(client.clone())
            .rate_limit_wait(limits.request_timeout)
            .try_clone(RequestBody::copy as CopyBody);
        Self {
            service: layer.layer(Connections::new(client.api_connector())),
            authority: authority(endpoint),
        }
    }

    /// Sends one request. The rate limit that the response reports is noted in `budget`.
    pub(crate) async fn send(
        &self,
        mut request: Request<RequestBody>,
        path: PathAndQuery,
        budget: &Budget,
    ) -> Result<Response<Incoming>, TokenServiceError<legacy::Error>> {
        *request.uri_mut() = self.uri(path);
        remove(request.headers_mut(), |name| is_hop_by_hop(name) || is_for_the_broker(name));
        *request.version_mut() = hyper::Version::HTTP_11;
        let mut service = self.service.clone();
        std::future::poll_fn(|context| service.poll_ready(context)).await?;
        let mut response = service.call(request).await?;
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

    fn uri(&self, path: PathAndQuery) -> Uri {
        let mut parts = hyper::http::uri::Parts::default();
        parts.scheme = Some(Scheme::HTTPS);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path);
        // All three parts are set, as a URI requires.
        Uri::from_parts(parts).unwrap_or_default()
    }
}

fn authority(endpoint: &Endpoint) -> Authority {
    let (host, port) = (endpoint.api_host(), endpoint.api_port());
    let text = match (host.contains(':'), port) {
        (true, port) => format!("[{host}]:{port}"),
        (false, 443) => host.to_owned(),
        (false, port) => format!("{host}:{port}"),
    };
    // Core has checked the host's name.
    text.parse().unwrap_or_else(|_| Authority::from_static("localhost"))
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

impl fmt::Debug for Forwarder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarder").field("authority", &self.authority).finish_non_exhaustive()
    }
}
