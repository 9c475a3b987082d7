//! The service that the layer makes.

use std::fmt;
use std::mem;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::body::{ByClone, CopyBody};
use super::future::ResponseFuture;
use super::{Plan, TokenServiceError};

/// A service with the access token in its requests: see [`TokenLayer`](super::TokenLayer).
///
/// While a call waits for a token, it keeps the readiness that the service below has promised it, as a call that is on its
/// way does.
///
/// # Cancel safety
/// Dropping the future of a call drops the call of the service below; whether the request is acted upon is unknown then. The
/// access token and other calls are not affected.
#[derive(Clone)]
pub struct TokenService<S, C = ByClone> {
    inner: S,
    plan: Plan<C>,
}

impl<S, C> TokenService<S, C> {
    pub(super) const fn new(inner: S, plan: Plan<C>) -> Self {
        Self { inner, plan }
    }

    /// The service below.
    #[must_use]
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    /// The service below, alone.
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
        // What is ready is this instance and not its clone.
        let fresh = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, fresh);
        if self.plan.origins.iter().any(|origin| origin.is_of(request.uri())) {
            ResponseFuture::authorised(ready, request, self.plan.clone())
        } else {
            ResponseFuture::passed_through(ready.call(request))
        }
    }
}

impl<S, C> fmt::Debug for TokenService<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenService").field("plan", &self.plan).finish_non_exhaustive()
    }
}
