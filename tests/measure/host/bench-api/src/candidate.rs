//! The clients, each with one kind of call: a GET with an access token, its response read to the end.

use std::time::Duration;

use bytes::Bytes;
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::http::Request;
use genesys_token_tokio::{
    ApiConnector, ApiRequest, ByClone, StaticCredentials, TokenClient, TokenClientBuilder, TokenLayer,
    TokenService,
};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::{Layer as _, ServiceExt as _};

use crate::error::AnyError;

const PATH: &str = "/api/v2/organizations/me";
/// The same for all: the default of this project's client.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Candidate {
    Ours,
    Reqwest,
    Layer,
    OursOverHttp2,
    ReqwestOverHttp2,
    /// No client: what the callers of the benchmark cost themselves.
    Pauses,
}

impl Candidate {
    /// Those over HTTP/1.1.
    pub(crate) const ALL: [Self; 3] = [Self::Ours, Self::Reqwest, Self::Layer];
    pub(crate) const HTTP2: [Self; 2] = [Self::OursOverHttp2, Self::ReqwestOverHttp2];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "api()",
            Self::Reqwest => "reqwest",
            Self::Layer => "TokenLayer over hyper-util",
            Self::OursOverHttp2 => "api() over HTTP/2",
            Self::ReqwestOverHttp2 => "reqwest over HTTP/2",
            Self::Pauses => "pauses alone",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .chain(Self::HTTP2)
            .chain([Self::Pauses])
            .find(|candidate| candidate.name() == name)
    }
}

/// The hosts, and the trust anchors in PEM.
pub(crate) struct Hosts {
    pub(crate) login_port: u16,
    pub(crate) api_port: u16,
    pub(crate) root: Vec<u8>,
}

impl Hosts {
    /// Returns a client that offers HTTP/1.1 only.
    pub(crate) fn client(&self, concurrent: usize) -> Result<TokenClient, AnyError> {
        Ok(self.builder()?.concurrent_calls(concurrent).http1_only().build()?)
    }

    fn builder(&self) -> Result<TokenClientBuilder, AnyError> {
        let endpoint = Endpoint::explicit("localhost", self.login_port, "/oauth/token")?;
        Ok(TokenClient::builder(endpoint.with_api("localhost", self.api_port)?)
            .credentials(StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)?)
            .extra_roots_pem(self.root.clone())
            // A token that comes late is waited for.
            .total_timeout(TIMEOUT))
    }

    fn url(&self) -> String {
        format!("https://localhost:{}{PATH}", self.api_port)
    }
}

type Layered = TokenService<Client<ApiConnector, Full<Bytes>>, ByClone>;

/// A client with a token.
#[derive(Clone)]
pub(crate) enum Caller {
    Ours(TokenClient),
    Reqwest { client: reqwest::Client, token: String, url: String },
    Layer(Layered, String),
    Pauses,
}

impl Caller {
    pub(crate) async fn new(candidate: Candidate, hosts: &Hosts) -> Result<Self, AnyError> {
        let client = match candidate {
            Candidate::OursOverHttp2 => hosts.builder()?.build()?,
            _ => hosts.client(100)?,
        };
        let token = client.token().await?.expose().to_owned();
        Ok(match candidate {
            Candidate::Ours | Candidate::OursOverHttp2 => Self::Ours(client),
            Candidate::Reqwest => Self::Reqwest { client: reqwest(hosts)?, token, url: hosts.url() },
            Candidate::ReqwestOverHttp2 => {
                Self::Reqwest { client: reqwest_builder(hosts)?.build()?, token, url: hosts.url() }
            }
            Candidate::Pauses => Self::Pauses,
            Candidate::Layer => {
                let inner = Client::builder(TokioExecutor::new()).build(client.api_connector());
                Self::Layer(TokenLayer::new(client).layer(inner), hosts.url())
            }
        })
    }

    /// Makes a call. An error if the status is not 200.
    pub(crate) async fn call(&self) -> Result<(), AnyError> {
        let (status, body) = match self {
            Self::Ours(client) => {
                let response = client.api(ApiRequest::get(PATH)).await?;
                (response.status().as_u16(), response.body().len())
            }
            Self::Reqwest { client, token, url } => {
                let response = client.get(url).bearer_auth(token).send().await?;
                (response.status().as_u16(), response.bytes().await?.len())
            }
            Self::Layer(service, url) => {
                let request = Request::get(url).body(Full::default())?;
                let response = tokio::time::timeout(TIMEOUT, service.clone().oneshot(request)).await??;
                let status = response.status().as_u16();
                (status, response.into_body().collect().await?.to_bytes().len())
            }
            Self::Pauses => return Ok(()),
        };
        if status == 200 && body > 0 { Ok(()) } else { Err(format!("status {status}").into()) }
    }
}

/// Returns a client that offers HTTP/1.1 only.
pub(crate) fn reqwest(hosts: &Hosts) -> Result<reqwest::Client, AnyError> {
    Ok(reqwest_builder(hosts)?.http1_only().build()?)
}

fn reqwest_builder(hosts: &Hosts) -> Result<reqwest::ClientBuilder, AnyError> {
    let mut builder = reqwest::Client::builder().timeout(TIMEOUT);
    for root in reqwest::Certificate::from_pem_bundle(&hosts.root)? {
        builder = builder.add_root_certificate(root);
    }
    Ok(builder)
}
