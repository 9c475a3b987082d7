//! The service of the layer.

use std::fmt;
use std::mem;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::body::{ByClone, CopyBody};
use super::error::TokenServiceError;
use super::future::ResponseFuture;
use super::settings::LayerSettings;

/// A service that adds the access token to its requests: see [`TokenLayer`](crate::TokenLayer).
///
/// While a call waits for a token, it occupies the readiness of the inner service, as a request in flight does.
///
/// # Cancel safety
/// Dropping the future of a call drops the call of the inner service; whether the host acts on the request is unknown then. The
/// access token and other calls are not affected.
#[derive(Clone)]
pub struct TokenService<S, C = ByClone> {
    inner: S,
    settings: LayerSettings<C>,
}

impl<S, C> TokenService<S, C> {
    pub(super) const fn new(inner: S, settings: LayerSettings<C>) -> Self {
        Self { inner, settings }
    }

    /// Returns the inner service.
    #[must_use]
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    /// Converts this service into the inner one.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, B, R, C> Service<Request<B>> for TokenService<S, C>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    C: CopyBody<B> + Clone,
{
    type Response = Response<R>;
    type Error = TokenServiceError<S::Error>;
    type Future = ResponseFuture<S, B, C>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context).map_err(TokenServiceError::Service)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // This instance is ready, its clone is not.
        let clone = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, clone);
        if self.settings.origins.iter().any(|origin| origin.matches(request.uri())) {
            ResponseFuture::authorised(ready, request, self.settings.clone())
        } else {
            ResponseFuture::passed_through(ready.call(request))
        }
    }
}

impl<S, C> fmt::Debug for TokenService<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenService").field("settings", &self.settings).finish_non_exhaustive()
    }
}
