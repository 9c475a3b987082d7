//! Both hosts on one port, and hints for requests at the wrong host.

use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host, Response, Sandbox};

use crate::client::{Client, Wire, api_request, token_request};

fn demo_request() -> String {
    token_request(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, "grant_type=client_credentials")
}

#[test]
fn the_path_selects_the_host() {
    let sandbox = Sandbox::builder().one_port(0).start_blocking().unwrap();
    assert_eq!(sandbox.login_addr(), sandbox.api_addr());
    // One connection for both: the path of each request decides.
    let mut wire = Client::trusting_sandbox(&sandbox).connect(sandbox.api_addr(), "localhost").unwrap();
    let token = wire.ask(&demo_request()).field("access_token");
    assert_eq!(wire.ask(&api_request("GET", "/api/v2/organizations/me", &token)).status, 200);
    assert_eq!(wire.ask(&api_request("GET", "/anything", &token)).field("code"), "not.found");
    let record = sandbox.record();
    let hosts: Vec<Host> = record.iter().map(|request| request.host).collect();
    assert_eq!(hosts, [Host::Login, Host::Api, Host::Api]);
    assert!(record.iter().all(|request| request.connection == 1));
}

#[test]
fn the_server_name_selects_the_host() {
    let sandbox = Sandbox::builder().one_port(0).start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let connect = |name| client.connect(sandbox.login_addr(), name).unwrap();
    let token = connect("login.sandbox.test").ask(&demo_request()).field("access_token");
    let call = api_request("GET", "/api/v2/tokens/me", &token);
    assert_eq!(connect("api.sandbox.test").ask(&call).status, 200);
    // The server name decides even where the path belongs to the other host.
    assert_eq!(connect("login.sandbox.test").ask(&call).status, 404);
    assert_eq!(connect("api.sandbox.test").ask(&demo_request()).status, 404);
    let hosts: Vec<Host> = sandbox.record().iter().map(|request| request.host).collect();
    assert_eq!(hosts, [Host::Login, Host::Api, Host::Login, Host::Api]);
}

#[test]
fn faults_apply_to_their_host_only() {
    let sandbox = Sandbox::builder().one_port(0).clear_text().start_blocking().unwrap();
    sandbox.always(Host::Api, Response::html_bad_gateway());
    let mut wire = Wire::clear_text(sandbox.login_addr());
    let token = wire.ask(&demo_request());
    assert_eq!(token.status, 200);
    let call = api_request("GET", "/api/v2/tokens/me", &token.field("access_token"));
    assert_eq!(wire.ask(&call).status, 502);
}

#[test]
fn requests_at_the_wrong_host_get_a_hint() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    // OAuth clients show `error_description` to their users, Platform API clients `message`.
    let token = client.ask(sandbox.api_addr(), &demo_request());
    assert_eq!((token.status, token.field("error").as_str()), (404, "invalid_request"));
    let expected = format!("{}/oauth/token", sandbox.login_url());
    assert!(token.field("error_description").contains(&expected), "{}", token.text());
    let call = client.ask(sandbox.login_addr(), &api_request("GET", "/api/v2/tokens/me", "x"));
    assert_eq!((call.status, call.field("code").as_str()), (404, "not.found"));
    assert!(call.field("message").contains(&sandbox.api_url()), "{}", call.text());
    for request in sandbox.record() {
        let hint = request.hint.as_deref().unwrap_or_default();
        assert!(hint.contains("--one-port") && request.to_string().contains(hint), "{request}");
    }
}
