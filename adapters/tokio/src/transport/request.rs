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

/// Value of the `User-Agent` header.
pub(crate) const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("genesys-token-tokio/", env!("CARGO_PKG_VERSION")));

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
