//! Events, errors and `Debug` output contain no secret and no token.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests of an adapter for hosts"
)]

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use genesys_token_sandbox::{
    Answer, Behaviour, CORRELATION_ID, Client, Close, CutAt, GrantType, Host, Response, Sandbox, hostile,
};
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::{
    ApiRequest, Credentials, Grant, Proxy, SecretString, StaticCredentials, TokenClient, TokenClientBuilder,
};
use tracing_core::field::{Field, Visit};
use tracing_core::{Dispatch, Event, Metadata, Subscriber, dispatcher, span};

const ID: &str = "sentinel-client";
const SECRET: &str = "SENTINEL-client-secret";
const REFRESH_TOKEN: &str = "SENTINEL-refresh-token";
const CODE: &str = "SENTINEL-code";
const VERIFIER: &str = "SENTINEL-code-verifier-0123456789-0123456789";
const ASSERTION: &str = "SENTINEL+assertion";
const PASSWORD: &str = "SENTINEL-proxy-password";

/// All output: events, errors, `Debug`.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<String>>);

impl Output {
    fn debug(&self, value: &impl Debug) {
        let text = format!("{value:?}\n{value:#?}\n");
        self.0.lock().unwrap().push_str(&text);
    }

    fn error(&self, error: &dyn std::error::Error) {
        let mut error = Some(error);
        while let Some(this) = error {
            let text = format!("{this}\n{this:?}\n");
            self.0.lock().unwrap().push_str(&text);
            error = this.source();
        }
    }
}

impl Visit for Output {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{}={value:?} ", field.name());
        self.0.lock().unwrap().push_str(&text);
    }
}

impl Subscriber for Output {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        attributes.record(&mut self.clone());
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
        self.0.lock().unwrap().push('\n');
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn builder(sandbox: &Sandbox) -> TokenClientBuilder {
    let endpoint = Endpoint::explicit("localhost", sandbox.login_addr().port(), "/oauth/token").unwrap();
    let endpoint = endpoint.with_api("localhost", sandbox.api_addr().port()).unwrap();
    TokenClient::builder(endpoint)
        .credentials(StaticCredentials::new(ID, SECRET).unwrap())
        .extra_roots_pem(sandbox.root_pem())
}

#[tokio::test]
async fn no_output_contains_a_secret() {
    let output = Output::default();
    dispatcher::set_global_default(Dispatch::new(output.clone())).unwrap();
    let grants = [GrantType::ClientCredentials, GrantType::Code, GrantType::Saml2Bearer];
    let sandbox =
        Sandbox::builder().client(Client::new(ID, SECRET).for_grants(grants)).start().await.unwrap();

    settings(&output, &sandbox).await;
    failing_grants(&output, &sandbox).await;
    bad_responses(&output, &sandbox).await;
    let tokens = success(&output, &sandbox).await;

    let output = output.0.lock().unwrap();
    for event in ["an access token was obtained", "no access token was obtained", "refused the access token"]
    {
        assert!(output.contains(event), "the subscriber received no event: {event}");
    }
    let basic = "c2VudGluZWwtY2xpZW50OlNFTlRJTkVMLWNsaWVudC1zZWNyZXQ=";
    // The beginning of all secrets, plain and in Base64.
    let secrets = ["SENTINEL", "U0VOVElORUw", basic];
    for secret in secrets.into_iter().chain(tokens.iter().map(String::as_str)) {
        if let Some(at) = output.find(secret) {
            let line = output[..at].rfind('\n').map_or(0, |start| start + 1);
            panic!("{secret} in: {}", &output[line..at]);
        }
    }
}

async fn settings(output: &Output, sandbox: &Sandbox) {
    output.debug(&Credentials::new(ID, SECRET).unwrap());
    output.debug(&StaticCredentials::new(ID, SECRET).unwrap());
    let proxy = Proxy::new(&format!("http://user:{PASSWORD}@127.0.0.1:9")).unwrap();
    output.debug(&proxy);
    let through_proxy = builder(sandbox).proxy(proxy);
    output.debug(&through_proxy);
    output.error(&through_proxy.build().unwrap().token().await.unwrap_err());
}

async fn failing_grants(output: &Output, sandbox: &Sandbox) {
    let secret = SecretString::new;
    let redirect_uri = || "http://localhost/".to_owned();
    let grants = [
        Grant::AuthorizationCode { code: secret(CODE), redirect_uri: redirect_uri() },
        Grant::AuthorizationCodePkce {
            code: secret(CODE),
            redirect_uri: redirect_uri(),
            code_verifier: secret(VERIFIER),
        },
        Grant::RefreshToken { refresh_token: secret(REFRESH_TOKEN) },
        Grant::Saml2Bearer { org_name: "elsewhere".to_owned(), assertion: secret(ASSERTION) },
    ];
    for grant in grants {
        output.debug(&grant);
        let builder = builder(sandbox).grant(grant);
        output.debug(&builder);
        output.error(&builder.build().unwrap().token().await.unwrap_err());
    }
}

/// Responses that echo secrets, that are cut off, and hostile ones.
async fn bad_responses(output: &Output, sandbox: &Sandbox) {
    let echo = format!(r#"{{"error":"invalid_request","{SECRET}":"{SECRET}"}}"#);
    let answers: [Behaviour; 5] = [
        Response::new(400).json(echo).into(),
        Response::new(200).json(format!(r#"{{"access_token":["{SECRET}"]}}"#)).into(),
        Response::new(502).body("text/html", format!("<html>{SECRET}")).into(),
        Answer::service().cut(CutAt::Body(100), Close::Reset).into(),
        Answer::raw(format!("HTTP/1.1 200 {SECRET}\r\n{SECRET}: {SECRET}\r\n{SECRET}")).into(),
    ];
    let hostile = hostile().into_iter().map(|(_, behaviour)| behaviour);
    for answer in answers.into_iter().chain(hostile) {
        sandbox.script(Host::Login, answer);
        let client = builder(sandbox).build().unwrap();
        output.error(&client.token().await.unwrap_err());
        output.debug(&client);
        client.close();
        sandbox.clear_script(Host::Login);
    }
}

/// Succeeds at the token endpoint and at the API. Returns the access tokens.
async fn success(output: &Output, sandbox: &Sandbox) -> [String; 2] {
    let client = builder(sandbox).build().unwrap();
    let first = client.token().await.unwrap();
    output.debug(&first);
    output.debug(&first.authorization_header_value());
    output.debug(&client);
    output.debug(&client.verify().await.unwrap());
    let request = ApiRequest::get("/api/v2/users/me").json_bytes(SECRET);
    output.debug(&request);
    output.error(&client.api(request).await.unwrap_err());
    sandbox.kill_tokens();
    client.verify().await.unwrap();
    let second = client.token().await.unwrap();
    sandbox.always(Host::Api, Response::bad_credentials(CORRELATION_ID));
    output.error(&client.verify().await.unwrap_err());
    output.error(&client.verify().await.unwrap_err());
    [first, second].map(|token| token.expose().to_owned())
}
