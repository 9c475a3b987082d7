//! How a request gets a second copy.

use http::Request;

/// A way to copy the body of a request, or to say that it cannot be copied.
pub trait CopyBody<B> {
    /// A copy; `None` if there cannot be one.
    fn copy_body(&self, body: &B) -> Option<B>;
}

/// By `Clone`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByClone;

impl<B: Clone> CopyBody<B> for ByClone {
    fn copy_body(&self, body: &B) -> Option<B> {
        Some(body.clone())
    }
}

/// By a function of the user's: see [`TokenLayer::try_clone`](super::TokenLayer::try_clone).
#[derive(Clone, Copy, Debug)]
pub struct TryClone<F>(pub(super) F);

impl<B, F: Fn(&B) -> Option<B>> CopyBody<B> for TryClone<F> {
    fn copy_body(&self, body: &B) -> Option<B> {
        self.0(body)
    }
}

/// A request and its copy.
pub(super) struct Load<B> {
    pub(super) request: Request<B>,
    pub(super) copy: Option<Request<B>>,
}

impl<B> Load<B> {
    pub(super) fn new(request: Request<B>, by: &impl CopyBody<B>) -> Self {
        let copy = by.copy_body(request.body()).map(|body| with_body(&request, body));
        Self { request, copy }
    }
}

fn with_body<B>(request: &Request<B>, body: B) -> Request<B> {
    let mut copy = Request::new(body);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    copy
}
