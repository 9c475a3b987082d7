//! Copies of requests, to send them again.

use http::Request;

/// A way to copy the body of a request.
pub trait CopyBody<B> {
    /// Returns a copy; `None` if the body cannot be copied.
    fn copy_body(&self, body: &B) -> Option<B>;
}

/// Copies by `Clone`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByClone;

impl<B: Clone> CopyBody<B> for ByClone {
    fn copy_body(&self, body: &B) -> Option<B> {
        Some(body.clone())
    }
}

/// Copies by a function: see [`TokenLayer::try_clone`](crate::TokenLayer::try_clone).
#[derive(Clone, Copy, Debug)]
pub struct TryClone<F>(pub(super) F);

impl<B, F: Fn(&B) -> Option<B>> CopyBody<B> for TryClone<F> {
    fn copy_body(&self, body: &B) -> Option<B> {
        self.0(body)
    }
}

/// A request and its copy.
pub(super) struct Attempt<B> {
    pub(super) request: Request<B>,
    pub(super) copy: Option<Request<B>>,
}

impl<B> Attempt<B> {
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
