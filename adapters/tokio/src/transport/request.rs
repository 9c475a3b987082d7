//! Requests and responses.

use genesys_token_core::wire::ResponseHead;
#[cfg(feature = "http2")]
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
#[cfg(feature = "http2")]
use hyper::body::Body as _;
use zeroize::Zeroizing;

use super::error::TransportError;
use super::request_body::{Content, RequestBody};

pub(super) const USER_AGENT_TEXT: &str = concat!("genesys-token-tokio/", env!("CARGO_PKG_VERSION"));

/// Value of the `User-Agent` header.
pub(crate) const USER_AGENT: HeaderValue = HeaderValue::from_static(USER_AGENT_TEXT);

/// Headers for which there is space in the map of a sent request. hyper returns the response's headers in the same map; the service sends up
/// to 20, and a map that grows is copied and hashed again.
const HEADERS: usize = 24;

/// A request. Its parts are shared by all attempts, not copied.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Content,
}

impl Outgoing {
    /// Returns whether the client accepts a response body as it is only.
    pub(super) fn accepts_identity_only(&self) -> bool {
        self.headers.get(header::ACCEPT_ENCODING) == Some(&ACCEPT_ENCODING)
    }

    /// Returns the request with this host, as all attempts send it.
    pub(super) fn addressed(&mut self, host: &HeaderValue) -> &Self {
        self.headers.insert(header::HOST, host.clone());
        self
    }

    /// Returns the request for HTTP/1.1, in origin form (RFC 9112 section 3.2.1).
    pub(super) fn to_request(&self) -> Request<RequestBody> {
        let mut request = Request::new(self.body.to_body());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.clone();
        let mut headers = HeaderMap::with_capacity(HEADERS);
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        *request.headers_mut() = headers;
        request
    }
}

#[cfg(feature = "http2")]
impl Outgoing {
    /// Returns head and body for HTTP/2: with scheme and authority (RFC 9113 section 8.3.1), and without what concerns a connection of
    /// HTTP/1.1 (section 8.2.2).
    pub(super) fn to_shared_request(&self, authority: &Authority) -> (Request<()>, RequestBody) {
        let body = self.body.to_body();
        let mut request = Request::new(());
        *request.method_mut() = self.method.clone();
        let mut target = self.target.clone().into_parts();
        target.scheme = Some(Scheme::HTTPS);
        target.authority = Some(authority.clone());
        // Path and query are there: the target was checked.
        *request.uri_mut() = Uri::from_parts(target).unwrap_or_default();
        let mut headers = self.headers.clone();
        for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE, header::TE, header::HOST]
        {
            headers.remove(name);
        }
        for name in ["keep-alive", "proxy-connection"] {
            headers.remove(name);
        }
        // As hyper does for HTTP/1.1: a length of 0 is sent where a body is expected (RFC 9110 section 8.6).
        let has_length = matches!(self.method, Method::POST | Method::PUT | Method::PATCH);
        if let Some(length) = body.size_hint().exact().filter(|length| has_length || *length > 0) {
            headers.entry(header::CONTENT_LENGTH).or_insert_with(|| length.into());
        }
        *request.headers_mut() = headers;
        (request, body)
    }
}

/// A response, complete if `incomplete` is `None`.
pub(crate) struct Incoming {
    pub(crate) head: ResponseHead,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// Why the body is incomplete.
    pub(crate) incomplete: Option<TransportError>,
}

/// Value of the `Accept-Encoding` header: without one, any coding would be acceptable (RFC 9110 section 12.5.3).
pub(crate) const ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("identity");

/// Returns the first coding of a body, if it has one: a content coding, or a transfer coding other than the framing of HTTP/1.1.
///
/// Several lines are one list (RFC 9110 section 5.2), of codings in the order of their application (section 8.4).
pub(super) fn coding(headers: &HeaderMap) -> Option<&'static str> {
    let elements = |name| {
        let lines = headers.get_all(name).iter().map(HeaderValue::as_bytes);
        lines.flat_map(|line| line.split(|byte| *byte == b','))
    };
    let is_framing = |coding: &&[u8]| coding.trim_ascii().eq_ignore_ascii_case(b"chunked");
    let of_transfer = elements(header::TRANSFER_ENCODING).filter(|coding| !is_framing(coding));
    elements(header::CONTENT_ENCODING).chain(of_transfer).find_map(genesys_token_core::wire::content_coding)
}
