//! No secret and no token in any event, error or `Debug` output.
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

/// Everything that was written anywhere.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<String>>);

impl Paper {
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

impl Visit for Paper {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{}={value:?} ", field.name());
        self.0.lock().unwrap().push_str(&text);
    }
}

impl Subscriber for Paper {
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
async fn nothing_that_is_written_holds_a_secret() {
    let paper = Paper::default();
    dispatcher::set_global_default(Dispatch::new(paper.clone())).unwrap();
    let grants = [GrantType::ClientCredentials, GrantType::Code, GrantType::Saml2Bearer];
    let sandbox =
        Sandbox::builder().client(Client::new(ID, SECRET).for_grants(grants)).start().await.unwrap();

    settings(&paper, &sandbox).await;
    grants_in_vain(&paper, &sandbox).await;
    bad_answers(&paper, &sandbox).await;
    let tokens = success(&paper, &sandbox).await;

    let paper = paper.0.lock().unwrap();
    for event in ["an access token was obtained", "no access token was obtained", "refused the access token"]
    {
        assert!(paper.contains(event), "the subscriber hears nothing: {event}");
    }
    let basic = "c2VudGluZWwtY2xpZW50OlNFTlRJTkVMLWNsaWVudC1zZWNyZXQ=";
    // The beginning of all secrets, as it is and in Base64.
    let secrets = ["SENTINEL", "U0VOVElORUw", basic];
    for secret in secrets.into_iter().chain(tokens.iter().map(String::as_str)) {
        if let Some(at) = paper.find(secret) {
            let line = paper[..at].rfind('\n').map_or(0, |start| start + 1);
            panic!("{secret} in: {}", &paper[line..at]);
        }
    }
}

async fn settings(paper: &Paper, sandbox: &Sandbox) {
    paper.debug(&Credentials::new(ID, SECRET).unwrap());
    paper.debug(&StaticCredentials::new(ID, SECRET).unwrap());
    let proxy = Proxy::new(&format!("http://user:{PASSWORD}@127.0.0.1:9")).unwrap();
    paper.debug(&proxy);
    let through_proxy = builder(sandbox).proxy(proxy);
    paper.debug(&through_proxy);
    paper.error(&through_proxy.build().unwrap().token().await.unwrap_err());
}

async fn grants_in_vain(paper: &Paper, sandbox: &Sandbox) {
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
        paper.debug(&grant);
        let builder = builder(sandbox).grant(grant);
        paper.debug(&builder);
        paper.error(&builder.build().unwrap().token().await.unwrap_err());
    }
}

/// Of a service that gives back what it was told, of one that breaks off, and of hostile ones.
async fn bad_answers(paper: &Paper, sandbox: &Sandbox) {
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
        paper.error(&client.token().await.unwrap_err());
        paper.debug(&client);
        client.close();
        sandbox.clear_script(Host::Login);
    }
}

/// At the token endpoint and at the API; gives the access tokens.
async fn success(paper: &Paper, sandbox: &Sandbox) -> [String; 2] {
    let client = builder(sandbox).build().unwrap();
    let first = client.token().await.unwrap();
    paper.debug(&first);
    paper.debug(&first.authorization_header_value());
    paper.debug(&client);
    paper.debug(&client.verify().await.unwrap());
    let request = ApiRequest::get("/api/v2/users/me").json(SECRET);
    paper.debug(&request);
    paper.error(&client.api(request).await.unwrap_err());
    sandbox.kill_tokens();
    client.verify().await.unwrap();
    let second = client.token().await.unwrap();
    sandbox.always(Host::Api, Response::bad_credentials(CORRELATION_ID));
    paper.error(&client.verify().await.unwrap_err());
    paper.error(&client.verify().await.unwrap_err());
    [first, second].map(|token| token.expose().to_owned())
}
