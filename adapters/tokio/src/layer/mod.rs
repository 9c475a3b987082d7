//! The authorised call around a client of the user's own: a `tower` layer (feature `tower`). Begin with [`TokenLayer`].

mod body;
mod future;
mod origin;
mod service;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use genesys_token_core::call::Limits;
use http::uri::Authority;
use tower_layer::Layer;

pub use body::{ByClone, CopyBody, TryClone};
pub use future::ResponseFuture;
use origin::Origin;
pub use service::TokenService;

use crate::client::TokenClient;
use crate::error::TokenError;

/// Puts the access token into the requests of any [`Service`](tower_service::Service) that takes an
/// [`http::Request`] and gives an [`http::Response`], by the same rules as [`TokenClient::api`].
///
/// - The token goes over `https` to the API host of the client only, and to those named by [`also_for`](Self::also_for).
///   Requests to others pass through as they are, and so do requests whose URI names no host. A client below that follows
///   redirects by itself must take the `Authorization` header out when the host changes, as reqwest does.
/// - 401: the token is dropped, and the request is sent again once with a new one.
/// - 429: sent again after `Retry-After`, as long as all waits together stay within
///   [`rate_limit_wait`](Self::rate_limit_wait).
/// - Everything else is given on as it came. Lost connections are the affair of the client below, which knows them.
///
/// A request is sent again only if its body can be copied: by `Clone`, or by the hook of [`try_clone`](Self::try_clone). The copy
/// is made before sending; `Bytes` and `Full<Bytes>` share theirs. The bodies of responses are not read, so the one 401 that is
/// not for the token's sake (`ip.not.authorized`) costs an exchange here.
///
/// Put timeouts for single attempts below this layer and those for whole calls above it: waits happen in here.
///
/// ```
/// use bytes::Bytes;
/// use genesys_token_tokio::http::{Request, Response};
/// use genesys_token_tokio::{TokenClient, TokenLayer, TokenServiceError};
/// use std::future::poll_fn;
/// use tower_layer::Layer;
/// use tower_service::Service;
///
/// // `http`: a client that others wrote; of hyper-util, or of reqwest behind `tower::service_fn`.
/// async fn organization<S>(client: TokenClient, http: S) -> Result<S::Response, TokenServiceError<S::Error>>
/// where
///     S: Service<Request<Bytes>, Response = Response<Bytes>> + Clone,
/// {
///     let mut service = TokenLayer::new(client).layer(http);
///     let mut request = Request::new(Bytes::new());
///     *request.uri_mut() = "https://api.mypurecloud.de/api/v2/organizations/me".parse().expect("a URI");
///     poll_fn(|context| service.poll_ready(context)).await?;
///     service.call(request).await
/// }
/// ```
#[derive(Clone)]
#[must_use]
pub struct TokenLayer<C = ByClone> {
    plan: Plan<C>,
}

/// What all services of a layer share.
#[derive(Clone)]
struct Plan<C> {
    client: TokenClient,
    origins: Arc<[Origin]>,
    limits: Limits,
    copy: C,
}

impl TokenLayer {
    /// With the token of this client, for the API host of its endpoint. Request bodies are copied by `Clone`.
    pub fn new(client: TokenClient) -> Self {
        let origins = Arc::new([Origin::of_api(&client)]);
        Self { plan: Plan { client, origins, limits: Limits::DEFAULT, copy: ByClone } }
    }
}

impl<C> TokenLayer<C> {
    /// The token goes to this host as well: an API host behind a gateway of one's own, say. Port 443 unless it names one.
    ///
    /// Whoever gets the token can use it: name no host that is not trusted like the service itself.
    pub fn also_for(mut self, authority: &Authority) -> Self {
        let more = Origin::of_authority(authority);
        self.plan.origins = self.plan.origins.iter().cloned().chain([more]).collect();
        self
    }

    /// Longest time spent on waits for the rate limit in one call. 180 s unless set; zero gives each 429 on.
    pub fn rate_limit_wait(mut self, longest: Duration) -> Self {
        self.plan.limits.rate_limit_wait = longest.into();
        self
    }

    /// Request bodies are copied by this instead of `Clone`. `None`: this one cannot be copied, so that its request is sent
    /// once only.
    pub fn try_clone<F>(self, copy: F) -> TokenLayer<TryClone<F>> {
        let Plan { client, origins, limits, copy: _ } = self.plan;
        TokenLayer { plan: Plan { client, origins, limits, copy: TryClone(copy) } }
    }
}

impl<S, C: Clone> Layer<S> for TokenLayer<C> {
    type Service = TokenService<S, C>;

    fn layer(&self, inner: S) -> Self::Service {
        TokenService::new(inner, self.plan.clone())
    }
}

impl<C> fmt::Debug for TokenLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.fmt(f)
    }
}

impl<C> fmt::Debug for Plan<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenLayer")
            .field("client", &self.client)
            .field("origins", &self.origins)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Why a [`TokenService`] gave no response.
#[derive(Debug)]
#[non_exhaustive]
pub enum TokenServiceError<E> {
    /// There is no access token.
    Token(TokenError),
    /// The service below failed.
    Service(E),
}

impl<E: fmt::Display> fmt::Display for TokenServiceError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(f),
            Self::Service(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for TokenServiceError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Token(error) => Some(error),
            Self::Service(error) => Some(error),
        }
    }
}
