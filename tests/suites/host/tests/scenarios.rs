//! The scenarios of authorised calls over HTTP/2: the API host is reached through a server that has it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use genesys_token_sandbox::scenarios::{
    Client, Observed, Operation, Results, Scenario, Transport, list, run,
};
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use genesys_token_tokio::core::lifecycle::Policy;
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::core::time;
use genesys_token_tokio::core::wire::Refusal;
use genesys_token_tokio::{
    ApiError, ApiRequest, CredentialError, CredentialSource, Credentials, CredentialsFuture, TokenClient,
    TokenError, TokenErrorKind, TransportError, TransportErrorKind,
};
use host::relay::Relay;

#[tokio::test]
async fn every_scenario_of_a_call_has_its_expected_outcome() {
    let mut results = Results::new(OverHttp2.name());
    for scenario in list() {
        let sandbox = Sandbox::builder().start().await.unwrap();
        results.add(run(&OverHttp2, &scenario, &sandbox).await);
    }
    println!("{}", results.finish().unwrap_or_else(|failures| panic!("{failures}")));
}

struct OverHttp2;

impl Transport for OverHttp2 {
    type Client<'s> = Host;

    fn name(&self) -> &'static str {
        "tokio, rustls and HTTP/2"
    }

    fn not_applicable(&self, scenario: &Scenario) -> Option<&'static str> {
        (scenario.operation != Operation::Call).then_some("the token endpoint is asked over HTTP/1.1")
    }

    async fn client(&self, _: &Scenario, sandbox: &Sandbox) -> Host {
        let relay = Relay::start(sandbox).await;
        let secret = Arc::new(Mutex::new(DEMO_CLIENT_SECRET.to_owned()));
        let mut policy = Policy::default();
        policy.exchange_spacing = time::Duration::from_millis(20);
        policy.backoff_min = time::Duration::from_millis(20);
        policy.backoff_max = time::Duration::from_millis(40);
        let endpoint = Endpoint::explicit("localhost", sandbox.login_addr().port(), "/oauth/token").unwrap();
        let client = TokenClient::builder(endpoint.with_api("localhost", relay.port).unwrap())
            .credentials(SharedSecret(secret.clone()))
            .extra_roots_pem(sandbox.root_pem())
            .extra_roots_pem(relay.root_pem)
            .policy(policy)
            .total_timeout(Duration::from_secs(20))
            .build();
        Host { client: client.unwrap(), secret }
    }
}

struct Host {
    client: TokenClient,
    secret: Arc<Mutex<String>>,
}

struct SharedSecret(Arc<Mutex<String>>);

impl CredentialSource for SharedSecret {
    fn credentials(&self) -> CredentialsFuture<'_> {
        let credentials = Credentials::new(DEMO_CLIENT_ID, &self.0.lock().unwrap());
        Box::pin(std::future::ready(credentials.map_err(CredentialError::from)))
    }
}

impl Client for Host {
    async fn request_token(&mut self) -> Observed {
        match self.client.token().await {
            Ok(_) => Observed { outcome: "token".into(), message: String::new() },
            Err(error) => observed(&error, no_token(&error)),
        }
    }

    async fn call(&mut self) -> Observed {
        match self.client.api(ApiRequest::get("/api/v2/organizations/me")).await {
            Ok(_) => Observed { outcome: "called".into(), message: String::new() },
            Err(error) => {
                let outcome = match &error {
                    ApiError::Token(error) => no_token(error),
                    ApiError::Transport(error) => no_response(error),
                    ApiError::Refused(refused) => format!("call refused {}", words(refused.refusal())),
                    other => format!("{other:?}"),
                };
                observed(&error, outcome)
            }
        }
    }

    async fn replace_secret(&mut self, secret: &str) {
        secret.clone_into(&mut self.secret.lock().unwrap());
        self.client.credentials_changed();
    }

    async fn wait(&mut self) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn observed(error: &impl std::error::Error, outcome: String) -> Observed {
    Observed { outcome, message: format!("{error}\n{error:?}") }
}

fn no_token(error: &TokenError) -> String {
    match error.kind() {
        TokenErrorKind::Refused { refusal, .. } => format!("refused {}", words(refusal)),
        other => format!("{other:?}"),
    }
}

fn no_response(error: &TransportError) -> String {
    let phase = error.phase();
    match error.kind() {
        TransportErrorKind::Closed => format!("transport {phase:?} Closed"),
        other => format!("transport {phase:?} {other:?}"),
    }
}

fn words(refusal: &Refusal) -> String {
    format!("{:?} {} {}", refusal.class(), refusal.status(), refusal.code()).trim_end().to_owned()
}
