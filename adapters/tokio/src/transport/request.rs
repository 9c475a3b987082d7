//! Requests and responses.

use genesys_token_core::wire::ResponseHead;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use zeroize::Zeroizing;

use super::error::TransportError;
use super::request_body::{Content, RequestBody};

pub(super) const USER_AGENT_TEXT: &str = concat!("genesys-token-tokio/", env!("CARGO_PKG_VERSION"));

/// Value of the `User-Agent` header.
pub(crate) const USER_AGENT: HeaderValue = HeaderValue::from_static(USER_AGENT_TEXT);

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

    pub(super) fn to_request(&self, host: &HeaderValue) -> Request<RequestBody> {
        let mut request = Request::new(self.body.to_body());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.clone();
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().insert(header::HOST, host.clone());
        request
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

/// Returns the content coding of a body, if it has one: a name of the registry (RFC 9110 section 18.6), or a placeholder for another.
pub(super) fn content_coding(headers: &HeaderMap) -> Option<&'static str> {
    let value = headers.get(header::CONTENT_ENCODING)?.as_bytes().trim_ascii();
    if value.is_empty() || value.eq_ignore_ascii_case(b"identity") {
        return None;
    }
    let known = ["gzip", "x-gzip", "deflate", "compress", "br", "zstd"];
    let found = known.into_iter().find(|name| value.eq_ignore_ascii_case(name.as_bytes()));
    Some(found.unwrap_or("an unknown coding"))
}
