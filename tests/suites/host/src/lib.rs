//! Servers of HTTP/2 for the host client: hyper's, one that a test scripts frame by frame, and one in front of the sandbox.

pub mod frames;
mod http1;
pub mod relay;
pub mod server;

use std::sync::Arc;
use std::time::Duration;

use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::rustls::ServerConfig;
use genesys_token_tokio::rustls::crypto::ring;
use genesys_token_tokio::{
    ApiError, ApiRequest, ApiResponse, SecretString, StaticCredentials, TokenClient, TokenClientBuilder,
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::runtime::{Builder, Runtime};

/// A certificate for `localhost`, which is its own trust anchor, as a configuration that offers these protocols.
pub fn tls(protocols: &[&str]) -> (Arc<ServerConfig>, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = signing_key.serialize_der().try_into().unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    (Arc::new(config), cert.pem())
}

/// Returns a builder of a client whose API host is there.
pub fn client(port: u16, root_pem: &str) -> TokenClientBuilder {
    let endpoint = Endpoint::explicit("localhost", port, "/oauth/token").unwrap();
    TokenClient::builder(endpoint.with_api("localhost", port).unwrap())
        .credentials(StaticCredentials::new("2f0c6b7e-6c0d-4a7b-9a59-1c3d5e7f9021", "secret").unwrap())
        .extra_roots_pem(root_pem)
        .total_timeout(Duration::from_secs(30))
}

/// Calls with a token of the test's, so that nothing but the API host is asked.
pub async fn call(client: &TokenClient, request: ApiRequest) -> Result<ApiResponse, ApiError> {
    client.api_with(&SecretString::new("token"), request).await
}

/// Returns the body of the response to a GET.
pub async fn get(client: &TokenClient, path: &str) -> Result<String, ApiError> {
    call(client, ApiRequest::get(path)).await.map(|response| response.text().unwrap().to_owned())
}

/// Returns the body of the response to a POST, which is not sent again by itself.
pub async fn post(client: &TokenClient, path: &str) -> Result<String, ApiError> {
    let request = ApiRequest::post(path).json_bytes("{}");
    call(client, request).await.map(|response| response.text().unwrap().to_owned())
}

/// Waits until a condition holds, for events that the test does not cause directly; fails after half a minute.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not happen");
}

pub fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

pub fn multi_thread(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap()
}
