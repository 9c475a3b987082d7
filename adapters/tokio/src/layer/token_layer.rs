//! The layer and its settings.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use genesys_token_core::call::Limits;
use http::uri::Authority;
use tower_layer::Layer;

use super::body::{ByClone, TryClone};
use super::service::TokenService;
use super::settings::LayerSettings;
use crate::client::TokenClient;
use crate::origin::Origin;

/// A layer that adds the access token to the requests of any [`Service`](tower_service::Service) from
/// [`http::Request`] to [`http::Response`], with the rules of [`TokenClient::api`].
///
/// - The token is sent over `https` only to the API host of the client and to the hosts of [`also_for`](Self::also_for).
///   Requests to other hosts, or without a host, pass through unchanged. An inner client that follows redirects itself must remove the
///   `Authorization` header when the host changes, as reqwest does.
/// - 401: the token is dropped, and the request is sent again once with a new one.
/// - 429: the request is sent again after `Retry-After`, as long as all waits together do not exceed
///   [`rate_limit_wait`](Self::rate_limit_wait).
/// - Other responses and errors are returned unchanged. The inner client handles lost connections.
///
/// A request is sent again only if its body can be copied: by `Clone`, or by the function of [`try_clone`](Self::try_clone). The copy
/// is made before sending; copies of `Bytes` and `Full<Bytes>` share the data. Response bodies are not read, so a 401 that does not
/// concern the token (`ip.not.authorized`) costs an exchange here.
///
/// Put timeouts of single attempts below this layer and timeouts of whole calls above it: the layer waits between attempts.
///
/// ```
/// use bytes::Bytes;
/// use genesys_token_tokio::http::{Request, Response};
/// use genesys_token_tokio::{TokenClient, TokenLayer, TokenServiceError};
/// use std::future::poll_fn;
/// use tower_layer::Layer;
/// use tower_service::Service;
///
/// // `http`: an HTTP client, for example of hyper-util, or of reqwest behind `tower::service_fn`.
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
    pub(super) settings: LayerSettings<C>,
}

impl TokenLayer {
    /// Creates a layer with the token of this client, for the API host of its endpoint. Request bodies are copied by `Clone`.
    pub fn new(client: TokenClient) -> Self {
        let origins = Arc::new([Origin::of_api(&client)]);
        Self { settings: LayerSettings { client, origins, limits: Limits::DEFAULT, copy: ByClone } }
    }
}

impl<C> TokenLayer<C> {
    /// Sends the token to this host as well, for example a gateway in front of the API host. The default port is 443.
    ///
    /// Every host that receives the token can use it: add only hosts that are trusted like the service itself.
    pub fn also_for(mut self, authority: &Authority) -> Self {
        let more = Origin::of_authority(authority);
        self.settings.origins = self.settings.origins.iter().cloned().chain([more]).collect();
        self
    }

    /// Limits the time spent on waits for the rate limit in one call. Default: 180 s; with zero each 429 is returned.
    pub fn rate_limit_wait(mut self, longest: Duration) -> Self {
        self.settings.limits.rate_limit_wait = longest.into();
        self
    }

    /// Copies request bodies by this function instead of `Clone`. If it returns `None`, the request is sent once only.
    pub fn try_clone<F>(self, copy: F) -> TokenLayer<TryClone<F>> {
        let LayerSettings { client, origins, limits, copy: _ } = self.settings;
        TokenLayer { settings: LayerSettings { client, origins, limits, copy: TryClone(copy) } }
    }
}

impl<S, C: Clone> Layer<S> for TokenLayer<C> {
    type Service = TokenService<S, C>;

    fn layer(&self, inner: S) -> Self::Service {
        TokenService::new(inner, self.settings.clone())
    }
}

impl<C> fmt::Debug for TokenLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}
