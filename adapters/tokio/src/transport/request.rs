//! Requests and responses.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use genesys_token_core::wire::ResponseHead;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use hyper::body::{Body, Frame, SizeHint};
use zeroize::Zeroizing;

use super::error::TransportError;

pub(super) const USER_AGENT_TEXT: &str = concat!("genesys-token-tokio/", env!("CARGO_PKG_VERSION"));

/// Value of the `User-Agent` header.
pub(crate) const USER_AGENT: HeaderValue = HeaderValue::from_static(USER_AGENT_TEXT);

/// A request that can be sent again: its parts are shared, not copied.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Outgoing {
    /// Returns whether the client accepts a response body as it is only.
    pub(super) fn accepts_identity_only(&self) -> bool {
        self.headers.get(header::ACCEPT_ENCODING) == Some(&ACCEPT_ENCODING)
    }

    pub(super) fn to_request(&self, host: &HeaderValue) -> Request<OneShot> {
        let mut request = Request::new(OneShot(Some(self.body.clone()).filter(|body| !body.is_empty())));
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

/// A body of one frame.
pub(crate) struct OneShot(Option<Bytes>);

impl Body for OneShot {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
