//! Other HTTP clients as services for the layer, and a sandbox as their server.

use std::sync::Arc;

use bytes::Bytes;
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::http::{Method, Request, Response};
use genesys_token_tokio::rustls::{ClientConfig, RootCertStore, crypto};
use genesys_token_tokio::{StaticCredentials, TokenClient, TokenLayer};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tower::util::BoxCloneService;
use tower::{Layer as _, Service, ServiceExt as _};

pub type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Returns hyper-util's client, which is a service.
pub fn hyper_util(sandbox: &Sandbox) -> Client<HttpsConnector<HttpConnector>, Full<Bytes>> {
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(tls(sandbox)).https_only().enable_http1().build();
    Client::builder(TokioExecutor::new()).build(connector)
}

/// Returns reqwest's client as a service: its request and response types convert from and into those of `http`.
pub fn reqwest(
    sandbox: &Sandbox,
) -> Result<
    impl Service<Request<Bytes>, Response = Response<reqwest::Body>, Error = reqwest::Error, Future: Send>
    + Clone
    + Send
    + use<>,
    AnyError,
> {
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls(sandbox)).build()?;
    Ok(tower::service_fn(move |request: Request<Bytes>| {
        let client = client.clone();
        async move { client.execute(request.try_into()?).await.map(Response::from) }
    }))
}

fn tls(sandbox: &Sandbox) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates([sandbox.root_der().into()]);
    ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Returns a token client for the sandbox.
pub fn token_client(sandbox: &Sandbox) -> Result<TokenClient, AnyError> {
    let endpoint = Endpoint::explicit("localhost", sandbox.login_addr().port(), "/oauth/token")?;
    Ok(TokenClient::builder(endpoint.with_api("localhost", sandbox.api_addr().port())?)
        .credentials(StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)?)
        .extra_roots_pem(sandbox.root_pem())
        .build()?)
}

/// Returns the URL of a resource that returns the body of the request, if the token is valid.
pub fn echo(sandbox: &Sandbox) -> String {
    format!("https://localhost:{}/api/v2/echo", sandbox.api_addr().port())
}

/// A client with its layers, with one response type for all: status and body.
pub type AnyClient = BoxCloneService<Request<Bytes>, (u16, Bytes), AnyError>;

/// Returns both clients with the layer around them.
pub fn layered(sandbox: &Sandbox, layer: &TokenLayer) -> Result<[(&'static str, AnyClient); 2], AnyError> {
    Ok([
        ("hyper-util", any_client(layer.layer(hyper_util(sandbox)))),
        ("reqwest", any_client(layer.layer(reqwest(sandbox)?))),
    ])
}

fn any_client<S, Q, R>(service: S) -> AnyClient
where
    S: Service<Request<Q>, Response = Response<R>, Error: Into<AnyError>, Future: Send>
        + Clone
        + Send
        + 'static,
    Q: From<Bytes> + 'static,
    R: BodyExt<Data: Send, Error: Into<AnyError>> + Send + 'static,
{
    let service = service.map_request(|request: Request<Bytes>| request.map(Q::from)).map_err(Into::into);
    let collected = service.and_then(|response: Response<R>| async {
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await.map_err(Into::into)?.to_bytes()))
    });
    collected.boxed_clone()
}

/// Sends this text by POST.
pub async fn post(service: &AnyClient, uri: &str, body: &'static str) -> Result<(u16, Bytes), AnyError> {
    let request = Request::builder().method(Method::POST).uri(uri);
    service.clone().oneshot(request.body(Bytes::from_static(body.as_bytes()))?).await
}
