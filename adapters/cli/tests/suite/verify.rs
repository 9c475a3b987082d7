//! `verify`: the owner and the scopes of a token, for one obtained and for one given.

use genesys_token_sandbox::{Certificate, Client, DEMO_CLIENT_ID, Host, Response, Sandbox};

use crate::tool::{Service, Tool, file};

const ROLE: &str = "b3f1b3a4-0d6f-4c6e-8a53-6a5e0a4f9d10";

fn requests(service: &Service) -> Vec<(Host, String)> {
    service.sandbox.record().iter().map(|request| (request.host, request.target.clone())).collect()
}

/// Returns a valid token, as `get` prints it.
fn token(service: &Service) -> String {
    let token = Tool::at(service, &["get"]).run().output().trim_end().to_owned();
    service.sandbox.clear_record();
    token
}

#[test]
fn text_tells_organisation_client_scopes_and_roles() {
    let service = Service::of(Sandbox::builder().organization("Example Ltd"));
    let out = Tool::at(&service, &["verify"]).run().output();
    for words in ["Example Ltd", DEMO_CLIENT_ID, "CLIENT-CREDENTIALS", "active", ROLE, "scopes        none"] {
        assert!(out.contains(words), "no {words:?} in {out}");
    }
    let asked = requests(&service);
    let expected = [(Host::Login, "/oauth/token"), (Host::Api, "/api/v2/tokens/me?preserveIdleTTL=true")];
    assert_eq!(asked, expected.map(|(host, target)| (host, target.to_owned())));
}

#[test]
fn the_api_host_of_the_environment_counts_with_whatever_names_the_login_host() {
    let service = Service::start();
    let verify = |arguments: &[&str]| {
        let tool = Tool::at(&service, &["verify"]).without("GENESYS_LOGIN_URL");
        arguments.iter().fold(tool, Tool::arg)
    };
    let port = service.sandbox.login_addr().port();
    verify(&["--login-host", &format!("localhost:{port}")]).run().output();
    assert_eq!(service.sandbox.record().iter().filter(|request| request.host == Host::Api).count(), 1);
    let token = file("token", "DCl7jJaG");
    let token = token.to_str().unwrap();
    let of_region = verify(&["--token-file", token]).env("GENESYS_REGION", "us_east_1");
    of_region.run().fails(3, &[&format!("localhost:{}", service.sandbox.api_addr().port())]);
    // Arguments that name a service are complete: a token of a region must not be sent to a host that the environment still
    // names.
    let of_option =
        verify(&["--token-file", token, "--region", "us_east_1", "--proxy", "http://proxy.invalid:1"]);
    of_option.run().fails(7, &["proxy.invalid"]);
    assert_eq!(service.sandbox.record().iter().filter(|request| request.host == Host::Api).count(), 2);
}

/// The login host does not serve the API: asking it would send the token to the wrong place, and the answer would mislead.
#[test]
fn an_unknown_api_host_is_an_error() {
    let service = Service::start();
    let tool = Tool::at(&service, &["verify"]).without("GENESYS_API_URL");
    tool.run().fails(2, &["Platform API", "GENESYS_API_URL", "--api-host"]);
    assert!(service.sandbox.record().is_empty());
    // The API host of `login.DOMAIN` is `api.DOMAIN`.
    let tool = Tool::at(&service, &["verify", "--token-file"]).arg(file("token", "DCl7jJaG"));
    let tool = tool.without("GENESYS_API_URL").env("GENESYS_LOGIN_URL", "HTTPS://login.genesys.invalid ");
    tool.arg("--timeout").arg("5").run().fails(7, &["api.genesys.invalid"]);
}

#[test]
fn a_revoked_token_is_no_longer_valid() {
    let service = Service::start();
    let token = token(&service);
    let run = |command: &str| {
        let tool = Tool::at(&service, &[command, "--token-env"]).env("GENESYS_ACCESS_TOKEN", &token);
        tool.without("GENESYS_CLIENT_ID").without("GENESYS_CLIENT_SECRET").secret(&token).run()
    };
    assert!(run("verify").output().contains("active"));
    assert!(run("revoke").output().contains("revoked"));
    run("verify").fails(3, &["401"]);
    run("revoke").fails(3, &["401"]);
    Tool::at(&service, &["revoke"]).run().fails(2, &["--token-file", "--token-env"]);
}

#[test]
fn whoami_shows_client_organization_and_service_in_one_line() {
    let service = Service::of(Sandbox::builder().organization("Example Ltd"));
    let out = Tool::at(&service, &["whoami"]).run().output();
    assert!(out.contains(DEMO_CLIENT_ID) && out.contains("Example Ltd") && out.lines().count() == 1, "{out}");
}

#[test]
fn json_tells_the_same_to_programs() {
    let service = Service::of(Sandbox::builder().client(Client::demo().with_scope(&["users:readonly"])));
    let out = Tool::at(&service, &["verify", "--format", "json"]).run().output();
    let read: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(read["organization"]["name"], "sandbox");
    assert_eq!(read["client"]["id"], DEMO_CLIENT_ID);
    assert_eq!(read["client"]["grant_type"], "CLIENT-CREDENTIALS");
    assert_eq!(read["client"]["state"], "active");
    assert_eq!(read["scopes"], serde_json::json!(["users:readonly"]));
    assert_eq!(read["missing_scopes"], serde_json::json!([]));
    assert_eq!(read["roles"][0]["role_id"], ROLE);
    assert_eq!(read["idle_at"], serde_json::Value::Null);
    assert_eq!(out.lines().count(), 1);
}

#[test]
fn a_scope_that_is_missing_has_an_exit_code_of_its_own() {
    let client = Client::demo().with_scope(&["users", "routing:readonly"]);
    let service = Service::of(Sandbox::builder().client(client));
    let run = |scopes: &[&str]| {
        let tool = Tool::at(&service, &["verify", "--format", "json"]);
        scopes.iter().fold(tool, |tool, scope| tool.arg("--require-scope").arg(scope)).run()
    };
    run(&["users"]).output();
    run(&["routing:readonly", "users"]).output();
    let lacking = run(&["users", "routing", "analytics"]);
    assert_eq!(lacking.code, 9);
    assert!(lacking.err.contains("routing analytics"), "{lacking:?}");
    let read: serde_json::Value = serde_json::from_str(&lacking.out).unwrap();
    assert_eq!(read["missing_scopes"], serde_json::json!(["routing", "analytics"]));
}

#[test]
fn a_permission_that_no_role_grants_has_an_exit_code_of_its_own() {
    let client =
        Client::demo().with_permissions(&["authorization:role:view", "routing:queue:*", "users:*:*"]);
    let service = Service::of(Sandbox::builder().client(client));
    let run = |permissions: &[&str]| {
        let tool = Tool::at(&service, &["verify", "--format", "json"]);
        permissions.iter().fold(tool, |tool, name| tool.arg("--require-permission").arg(name)).run()
    };
    run(&["routing:queue:view", "users:user:add"]).output();
    let lacking = run(&["routing:queue:view", "routing:skill:view", "analytics:a:b"]);
    assert_eq!(lacking.code, 12);
    assert!(lacking.err.contains("routing:skill:view, analytics:a:b"), "{lacking:?}");
    let read: serde_json::Value = serde_json::from_str(&lacking.out).unwrap();
    assert_eq!(read["missing_permissions"], serde_json::json!(["routing:skill:view", "analytics:a:b"]));
    // A typo is no reason to add a role.
    let count = service.token_requests();
    for wrong in
        ["routing:queue", "routing:*:view", "routing::view", "routing:queue:view:x", "routing:queue: view"]
    {
        run(&[wrong]).fails(2, &["--require-permission", "domain:entity:action"]);
    }
    assert_eq!(service.token_requests(), count);
    // Roles that cannot be read prove nothing.
    let service = Service::start();
    let tool = Tool::at(&service, &["verify", "--require-permission", "routing:queue:view"]);
    tool.run().fails(4, &["authorization:role:view", "403"]);
}

#[test]
fn a_token_given_is_verified_without_any_credentials() {
    let service = Service::start();
    let token = token(&service);
    let tool = |arguments: &[&str]| {
        let tool = Tool::at(&service, arguments).secret(&token);
        tool.without("GENESYS_CLIENT_ID").without("GENESYS_CLIENT_SECRET")
    };
    let runs = [
        tool(&["verify", "--token-file", "-"]).input(&format!("{token}\n")),
        tool(&["verify", "--token-file"]).arg(file("token", &token)),
        tool(&["verify", "--token-env"]).env("GENESYS_ACCESS_TOKEN", &token),
        tool(&["verify", "--token-env", "ANOTHER"]).env("ANOTHER", &token),
    ];
    for run in runs {
        assert!(run.run().output().contains("active"));
    }
    let asked = requests(&service);
    assert_eq!(asked.len(), 4);
    assert!(asked.iter().all(|(host, _)| *host == Host::Api), "{asked:?}");
}

#[test]
fn what_is_no_token_is_not_sent() {
    let service = Service::start();
    for text in ["", "two words", "line\nline", "sentinel\"quoted"] {
        let tool = Tool::at(&service, &["verify", "--token-file", "-"]).input(text);
        let tool = if text.is_empty() { tool } else { tool.secret(text) };
        tool.run().fails(2, &["access token"]);
    }
    let long = "x".repeat(9000);
    let tool = Tool::at(&service, &["verify", "--token-file", "-"]).input(&long).secret(&long);
    tool.run().fails(2, &["--token-file"]);
    Tool::at(&service, &["verify", "--token-env", "NOT_THERE"]).run().fails(2, &["--token-env", "NOT_THERE"]);
    assert_eq!(requests(&service), []);
}

#[test]
fn a_dead_token_is_refused() {
    let service = Service::start();
    let token = token(&service);
    service.sandbox.kill_tokens();
    let run = Tool::at(&service, &["verify", "--token-file", "-"]).input(&token).secret(&token).run();
    run.fails(3, &["localhost", "401", "token", "region"]);
    assert_eq!(requests(&service).len(), 1);
}

/// `us` is `us_east_1`, as in tutorials; a refusal names the other regions there.
#[test]
fn a_refusal_with_the_short_name_of_the_united_states_names_its_regions() {
    let service = Service::start();
    let run = |region: &str| {
        let tool = Tool::at(&service, &["verify", "--region", region, "--token-env", "DEAD", "--api-host"]);
        tool.arg(service.sandbox.api_url()).env("DEAD", "dead-token").run()
    };
    run("us").fails(3, &["`us` stands for us_east_1", "us_east_2", "us_west_2"]);
    assert!(!run("us_east_1").failure(3).contains("us_east_2"));
}

#[test]
fn a_token_that_died_early_is_replaced_once() {
    let service = Service::start();
    service.sandbox.script(Host::Api, Response::bad_credentials("id"));
    Tool::at(&service, &["verify"]).run().output();
    let hosts: Vec<_> = requests(&service).into_iter().map(|(host, _)| host).collect();
    assert_eq!(hosts, [Host::Login, Host::Api, Host::Login, Host::Api]);
    service.sandbox.always(Host::Api, Response::bad_credentials("id"));
    Tool::at(&service, &["verify"]).run().fails(3, &["401"]);
}

#[test]
fn refusals_of_the_api_have_the_codes_of_the_token_endpoint() {
    let verify = |response: Response| {
        let service = Service::start();
        service.sandbox.always(Host::Api, response);
        Tool::at(&service, &["verify", "--timeout", "5"]).run()
    };
    verify(Response::missing_permission("a:b:c", "id")).fails(4, &["403", "a:b:c", "role"]);
    verify(Response::api_error(401, "ip.not.authorized", "Not from here", "id")).fails(4, &["address"]);
    verify(Response::too_many_requests(42, "id")).fails(5, &["429", "42 s"]);
    verify(Response::empty_unavailable()).fails(6, &["503"]);
    verify(Response::html_bad_gateway()).fails(6, &["502"]);
    verify(Response::new(404)).fails(8, &["404"]);
    verify(Response::new(200).body("text/html", "<html>")).fails(8, &["JSON", "--api-host"]);
    verify(Response::new(200)).fails(8, &["JSON"]);
}

#[test]
fn the_api_host_is_trusted_no_more_than_the_login_host() {
    let service = Service::of(Sandbox::builder().certificate(Host::Api, Certificate::Expired));
    Tool::at(&service, &["verify"]).run().fails(7, &["expired", "clock"]);
    assert_eq!(service.token_requests(), 1);
    assert_eq!(requests(&service).len(), 1, "the token is not sent to an untrusted host");
}

#[test]
fn names_that_steer_a_terminal_are_made_harmless() {
    let service = Service::start();
    let body = r#"{"organization":{"name":"\u001b[2Jevil\u202etxt","id":"1"},"OAuthClient":{"name":"a\r\nrole none"}}"#;
    service.sandbox.script(Host::Api, Response::new(200).json(body));
    let out = Tool::at(&service, &["verify"]).run().output();
    assert!(out.chars().all(|letter| letter == '\n' || !letter.is_control()), "{out:?}");
    assert!(!out.contains('\u{202e}') && out.contains("evil"), "{out:?}");
}
