//! `reqwest::Client` with the access token (feature `reqwest`).

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use ::reqwest::{Body, Client, RequestBuilder, ResponseBuilderExt as _};
use bytes::Bytes;
use http::{Request, Response};
use tower_layer::Layer as _;
use tower_service::Service;

use super::body::CopyBody;
use super::error::TokenServiceError;
use super::service::TokenService;
use super::settings::LayerSettings;
use super::token_layer::TokenLayer;

/// Copies the bodies of reqwest that are in memory. Streams cannot be copied.
#[derive(Clone, Copy, Debug, Default)]
pub struct InMemory;

impl CopyBody<Body> for InMemory {
    fn copy_body(&self, body: &Body) -> Option<Body> {
        body.as_bytes().map(|bytes| Body::from(Bytes::copy_from_slice(bytes)))
    }
}

/// reqwest's client as a service of the types of `http`.
#[derive(Clone, Debug)]
pub struct ReqwestService(Client);

/// The future of a [`ReqwestService`].
pub type ReqwestFuture = Pin<Box<dyn Future<Output = ::reqwest::Result<Response<Body>>> + Send>>;

impl Service<Request<Body>> for ReqwestService {
    type Response = Response<Body>;
    type Error = ::reqwest::Error;
    type Future = ReqwestFuture;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<::reqwest::Result<()>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> ReqwestFuture {
        let client = self.0.clone();
        Box::pin(async move {
            let response = client.execute(request.try_into()?).await?;
            let url = response.url().clone();
            let mut response = Response::from(response);
            // reqwest keeps the URL, which may be that of a redirect, in a type of its own.
            if let Some(extensions) = Response::builder().url(url).extensions_mut() {
                response.extensions_mut().extend(std::mem::take(extensions));
            }
            Ok(response)
        })
    }
}

/// `reqwest::Client` with the access token: its requests to the API host are calls of a [`TokenLayer`], all others pass through.
///
/// ```no_run
/// use genesys_token_tokio::{TokenClient, TokenLayer};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = TokenClient::from_env()?.build()?;
/// let api = client.api_url().ok_or("the client goes through a broker")?;
/// let http = reqwest::Client::new();
/// let genesys = TokenLayer::new(client).reqwest(http.clone());
/// let response = genesys.send(http.get(format!("{api}/api/v2/organizations/me"))).await?;
/// println!("{}", response.text().await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TokenReqwest(TokenService<ReqwestService, InMemory>);

impl<C> TokenLayer<C> {
    /// Puts the layer around a client of reqwest. Request bodies in memory are copied, so that they can be sent again; streams are sent
    /// once.
    #[must_use]
    pub fn reqwest(self, http: Client) -> TokenReqwest {
        let LayerSettings { client, origins, limits, copy: _ } = self.settings;
        let layer = TokenLayer { settings: LayerSettings { client, origins, limits, copy: InMemory } };
        TokenReqwest(layer.layer(ReqwestService(http)))
    }
}

impl TokenReqwest {
    /// Sends a request, by the rules of [`TokenLayer`]. A response with any status is returned, as reqwest does.
    ///
    /// # Errors
    /// [`TokenServiceError`]; also an error of the builder itself.
    ///
    /// # Cancel safety
    /// As [`TokenService`].
    pub async fn send(
        &self,
        request: RequestBuilder,
    ) -> Result<::reqwest::Response, TokenServiceError<::reqwest::Error>> {
        let request = request.build().and_then(Request::try_from).map_err(TokenServiceError::Service)?;
        let mut service = self.0.clone();
        poll_fn(|context| service.poll_ready(context)).await?;
        service.call(request).await.map(::reqwest::Response::from)
    }

    /// Returns the service, for further layers.
    #[must_use]
    pub fn into_service(self) -> TokenService<ReqwestService, InMemory> {
        self.0
    }
}

impl fmt::Debug for TokenReqwest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenReqwest").finish_non_exhaustive()
    }
}
