//! Regular behaviour: token endpoint and Platform API without faults.

use core::time::Duration;

use crate::client::{Client, api_request, post_form, token_request};
use genesys_token_sandbox::{
    BasicDecoding, Client as Registered, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host, RateLimit, Sandbox,
};

const CLIENT_CREDENTIALS: &str = "grant_type=client_credentials";

fn demo_request() -> String {
    token_request(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, CLIENT_CREDENTIALS)
}

#[test]
fn a_token_is_obtained_and_used() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let answer = client.ask(sandbox.login_addr(), &demo_request());
    let token = answer.field("access_token");
    assert_eq!((answer.status, token.len()), (200, 86));
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    assert_eq!(
        answer.text(),
        format!(r#"{{"access_token":"{token}","token_type":"bearer","expires_in":86399}}"#)
    );
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));

    let info = client.ask(sandbox.api_addr(), &api_request("GET", "/api/v2/tokens/me", &token));
    assert_eq!(info.status, 200);
    assert_eq!(info.json()["OAuthClient"]["id"], DEMO_CLIENT_ID);
    assert_eq!(info.json()["organization"]["name"], "sandbox");
    let organization =
        client.ask(sandbox.api_addr(), &api_request("GET", "/api/v2/organizations/me", &token));
    assert_eq!(organization.json()["name"], "sandbox");
    let user = client.ask(sandbox.api_addr(), &api_request("GET", "/api/v2/users/me", &token));
    assert_eq!((user.status, user.field("code").as_str()), (400, "not.a.user"));
    assert_eq!(user.header("ININ-Correlation-Id"), Some(user.field("contextId").as_str()));
    let nothing = client.ask(sandbox.api_addr(), &api_request("GET", "/api/v2/nothing", &token));
    assert_eq!((nothing.status, nothing.field("code").as_str()), (404, "not.found"));

    let hosts: Vec<Host> = sandbox.record().iter().map(|request| request.host).collect();
    assert_eq!(hosts, [Host::Login, Host::Api, Host::Api, Host::Api, Host::Api]);
}

#[test]
fn echo_returns_the_request_body() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let token = client.ask(sandbox.login_addr(), &demo_request()).field("access_token");
    let request = format!(
        "POST /api/v2/echo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: text/plain\r\n\
         Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    );
    let answer = client.ask(sandbox.api_addr(), &request);
    assert_eq!((answer.text(), answer.header("Content-Type")), ("abcde", Some("text/plain")));
}

/// Each operation is there, and requires the permissions that the document says.
#[test]
fn the_openapi_document_describes_what_is_simulated() {
    const ROLE: &str = "b3f1b3a4-0d6f-4c6e-8a53-6a5e0a4f9d10";
    let permissions = ["authorization:role:view", "directory:user:view", "routing:queue:view"];
    let may = Registered::new("may", "s").with_permissions(&permissions);
    let sandbox =
        Sandbox::builder().client(may).client(Registered::new("may-not", "s")).start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let request = "GET /api/v2/docs/swagger HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let document = client.ask(sandbox.api_addr(), request).json();
    assert_eq!(document["swagger"], "2.0");
    let token = |id| {
        client.ask(sandbox.login_addr(), &token_request(id, "s", CLIENT_CREDENTIALS)).field("access_token")
    };
    let mut required = std::collections::BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let target = path.replace("{roleId}", ROLE);
            let status = |id| {
                let request = api_request(&method.to_ascii_uppercase(), &target, &token(id));
                client.ask(sandbox.api_addr(), &request).status
            };
            let needed = operation["x-inin-requires-permissions"]["permissions"].as_array();
            required.extend(needed.into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()));
            // Client credentials are no user.
            let expected = if path == "/api/v2/users/me" { 400 } else { 200 };
            let without = if needed.is_some() { 403 } else { expected };
            assert_eq!([status("may"), status("may-not")], [expected, without], "{method} {path}");
        }
    }
    assert!(required.iter().eq(&permissions), "{required:?}");
}

#[test]
fn client_authentication_is_refused_with_the_services_messages() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let ask = |request: &str| {
        let answer = client.ask(sandbox.login_addr(), request);
        (answer.status, answer.field("error"), answer.field("error_description"))
    };
    let refusal = |error: &str, text: &str| (400, error.to_owned(), text.to_owned());
    assert_eq!(
        ask(&token_request("x", "y", CLIENT_CREDENTIALS)),
        refusal("invalid_client", "client not found")
    );
    let wrong = token_request(DEMO_CLIENT_ID, "wrong", CLIENT_CREDENTIALS);
    assert_eq!(ask(&wrong), refusal("invalid_client", "authentication failed"));
    assert_eq!(ask(&post_form("", CLIENT_CREDENTIALS)), refusal("invalid_client", "client not found"));
    let unsupported = token_request(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, "grant_type=wish");
    assert_eq!(ask(&unsupported), refusal("unsupported_grant_type", "unsupported grant type"));
    let twice =
        token_request(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, "grant_type=client_credentials&grant_type=x");
    assert_eq!(ask(&twice), refusal("invalid_request", "a parameter is repeated"));
}

#[test]
fn credentials_are_accepted_in_the_body_but_not_twice() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let form = format!("{CLIENT_CREDENTIALS}&client_id={DEMO_CLIENT_ID}&client_secret={DEMO_CLIENT_SECRET}");
    assert_eq!(client.ask(sandbox.login_addr(), &post_form("", &form)).status, 200);
    let both = token_request(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, &form);
    assert_eq!(client.ask(sandbox.login_addr(), &both).field("error"), "invalid_request");
}

#[test]
fn api_requests_without_a_valid_token_are_refused() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let bare = "GET /api/v2/tokens/me HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let answer = client.ask(sandbox.api_addr(), bare);
    assert_eq!((answer.status, answer.field("code").as_str()), (401, "authentication.required"));
    let answer = client.ask(sandbox.api_addr(), &api_request("GET", "/api/v2/tokens/me", "unknown"));
    assert_eq!((answer.status, answer.field("code").as_str()), (401, "bad.credentials"));
    assert_eq!(answer.header("ININ-Correlation-Id").unwrap().len(), 36);
}

#[test]
fn tokens_end_by_revocation_lifetime_and_inactivity() {
    let builder =
        Sandbox::builder().token_lifetime(Duration::from_secs(300)).idle_timeout(Duration::from_secs(100));
    let sandbox = builder.start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let issue = || client.ask(sandbox.login_addr(), &demo_request()).field("access_token");
    let status = |method: &str, target: &str, token: &str| {
        client.ask(sandbox.api_addr(), &api_request(method, target, token)).status
    };
    let me = "/api/v2/tokens/me";

    let revoked = issue();
    assert_eq!((status("DELETE", me, &revoked), status("HEAD", me, &revoked)), (200, 401));
    let killed = issue();
    sandbox.kill_tokens();
    assert_eq!(status("HEAD", me, &killed), 401);

    let old = issue();
    for _ in 0..4 {
        assert_eq!(status("HEAD", me, &old), 200);
        sandbox.advance(Duration::from_secs(75));
    }
    assert_eq!(status("HEAD", me, &old), 401, "its lifetime of 300 s has ended");

    let idle = issue();
    sandbox.advance(Duration::from_secs(75));
    assert_eq!(status("GET", "/api/v2/tokens/me?preserveIdleTTL=true", &idle), 200);
    sandbox.advance(Duration::from_secs(75));
    assert_eq!(status("HEAD", me, &idle), 401, "preserveIdleTTL did not reset the timer");
}

#[test]
fn a_rotated_secret_applies_immediately_and_removing_a_client_revokes_its_tokens() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let token = client.ask(sandbox.login_addr(), &demo_request()).field("access_token");
    sandbox.rotate_secret(DEMO_CLIENT_ID, "next");
    assert_eq!(client.ask(sandbox.login_addr(), &demo_request()).field("error"), "invalid_client");
    let next = token_request(DEMO_CLIENT_ID, "next", CLIENT_CREDENTIALS);
    assert_eq!(client.ask(sandbox.login_addr(), &next).status, 200);
    let me = api_request("HEAD", "/api/v2/tokens/me", &token);
    assert_eq!(client.ask(sandbox.api_addr(), &me).status, 200);
    sandbox.remove_client(DEMO_CLIENT_ID);
    assert_eq!(client.ask(sandbox.api_addr(), &me).status, 401);
    assert_eq!(sandbox.live_tokens(), 0);
}

#[test]
fn rate_limits_are_answered_as_by_the_service() {
    let limit = RateLimit { requests: 2, window: Duration::from_secs(3600) };
    let sandbox = Sandbox::builder().token_rate_limit(limit).api_rate_limit(limit).start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let tokens: Vec<String> =
        (0..2).map(|_| client.ask(sandbox.login_addr(), &demo_request()).field("access_token")).collect();
    let refused = client.ask(sandbox.login_addr(), &demo_request());
    assert_eq!((refused.status, refused.field("error").as_str()), (400, "invalid_request"));
    assert!(refused.field("error_description").starts_with("rate limit exceeded"));

    let ask = |token: &str| client.ask(sandbox.api_addr(), &api_request("HEAD", "/api/v2/tokens/me", token));
    assert_eq!((ask(&tokens[0]).status, ask(&tokens[0]).status), (200, 200));
    let refused = ask(&tokens[0]);
    assert_eq!((refused.status, refused.header("inin-ratelimit-count")), (429, Some("3")));
    assert_eq!(refused.header("inin-ratelimit-allowed"), Some("2"));
    assert_eq!(refused.header("Retry-After"), refused.header("inin-ratelimit-reset"));
    assert_eq!(ask(&tokens[1]).status, 200, "the limit applies per token");
    sandbox.advance(Duration::from_secs(3600));
    assert_eq!(ask(&tokens[0]).status, 200);
}

/// RFC 6749 section 2.3.1 asks for form encoding before Base64; the official SDKs do not encode. A GUID has hyphens, which some
/// clients encode as `%2D`.
#[test]
fn basic_credentials_are_literal_or_form_decoded() {
    let (id, secret) = ("a-b", "p+q%r s:&=t");
    let encoded = ("a%2Db", "p%2Bq%25r+s%3A%26%3Dt");
    for (decoding, expected) in
        [(BasicDecoding::Literal, [200, 400]), (BasicDecoding::FormEncoded, [400, 200])]
    {
        let builder = Sandbox::builder().client(Registered::new(id, secret)).basic_decoding(decoding);
        let sandbox = builder.start_blocking().unwrap();
        let client = Client::trusting_sandbox(&sandbox);
        let status = |(id, secret)| {
            client.ask(sandbox.login_addr(), &token_request(id, secret, CLIENT_CREDENTIALS)).status
        };
        assert_eq!([status((id, secret)), status(encoded)], expected, "{decoding:?}");
        if decoding == BasicDecoding::Literal {
            let hint = sandbox.record()[1].hint.clone().unwrap_or_default();
            assert!(hint.contains("--basic-auth form-encoded"), "{hint}");
        }
    }
}

#[test]
fn settings_of_a_client_override_those_of_the_sandbox() {
    let mut own = Registered::new("own", "s");
    own.token_lifetime = Some(Duration::from_secs(600));
    own.idle_timeout = Some(Duration::from_secs(60));
    own.token_limit = Some(RateLimit { requests: 2, window: Duration::from_secs(60) });
    own.api_limit = Some(RateLimit { requests: 1, window: Duration::from_secs(60) });
    let sandbox =
        Sandbox::builder().client(own).client(Registered::new("other", "s")).start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let ask = |id| client.ask(sandbox.login_addr(), &token_request(id, "s", CLIENT_CREDENTIALS));
    let (own, other) = (ask("own"), ask("other"));
    assert_eq!((&own.json()["expires_in"], &other.json()["expires_in"]), (&599.into(), &86_399.into()));
    ask("own");
    let limited = ask("own");
    assert!(limited.field("error_description").starts_with("rate limit exceeded"), "{}", limited.text());
    assert_eq!(ask("other").status, 200);
    let call = |answer: &crate::client::Answer| {
        let token = answer.field("access_token");
        client.ask(sandbox.api_addr(), &api_request("HEAD", "/api/v2/tokens/me", &token)).status
    };
    assert_eq!([call(&own), call(&own), call(&other), call(&other)], [200, 429, 200, 200]);
    sandbox.advance(Duration::from_secs(60));
    assert_eq!([call(&own), call(&other)], [401, 200], "inactivity timeout of 60 s");
}
