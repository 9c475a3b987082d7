//! The authorization endpoint: consent page, redirects, errors.

use genesys_token_sandbox::{Client as Registered, GrantType, Sandbox};

use crate::client::{Answer, Wire, post_form, token_request};

/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "http%3A%2F%2Flocalhost%3A8085%2Fcallback";

fn sandbox() -> Sandbox {
    let mut named = Registered::new("app", "s").for_grants([GrantType::Code]);
    named.name = "<b>App</b>".into();
    named.redirect_uris = vec!["https://app.example/back?x=1".into()];
    Sandbox::builder()
        .client(Registered::new("code", "s").for_grants([GrantType::Code]))
        .client(named)
        .client(Registered::new("machine", "s"))
        .clear_text()
        .start_blocking()
        .unwrap()
}

fn get(sandbox: &Sandbox, query: &str) -> Answer {
    let request = format!("GET /oauth/authorize?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    Wire::clear_text(sandbox.login_addr()).ask(&request)
}

fn decide(sandbox: &Sandbox, form: &str) -> Answer {
    let request = post_form("", form).replace("POST /oauth/token", "POST /oauth/authorize");
    Wire::clear_text(sandbox.login_addr()).ask(&request)
}

#[test]
fn consent_leads_to_a_code_and_refresh_tokens() {
    let sandbox = sandbox();
    let query = format!(
        "client_id=code&redirect_uri={CALLBACK}&response_type=code&state=a%26b%22&code_challenge={CHALLENGE}\
         &code_challenge_method=S256"
    );
    let page = get(&sandbox, &query);
    assert_eq!((page.status, page.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.text().contains(r#"name="state" value="a&amp;b&quot;""#), "{}", page.text());
    let redirect = decide(&sandbox, &format!("{query}&decision=allow"));
    assert_eq!(redirect.status, 302);
    let location = redirect.header("Location").unwrap();
    let code = location.strip_prefix("http://localhost:8085/callback?code=").unwrap();
    let (code, state) = code.split_once('&').unwrap();
    assert_eq!(state, "state=a%26b%22", "state is returned unchanged");
    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&client_id=code&code_verifier={VERIFIER}"
    );
    let token = Wire::clear_text(sandbox.login_addr()).ask(&post_form("", &form));
    assert_eq!(token.status, 200, "{}", token.text());
    let refresh = format!("grant_type=refresh_token&refresh_token={}", token.field("refresh_token"));
    let refreshed = Wire::clear_text(sandbox.login_addr()).ask(&token_request("code", "s", &refresh));
    assert_eq!(refreshed.status, 200);
}

#[test]
fn a_denied_request_is_reported_to_the_client() {
    let sandbox = sandbox();
    let query = format!("client_id=code&redirect_uri={CALLBACK}&response_type=code&state=s");
    let location = decide(&sandbox, &format!("{query}&decision=deny"));
    let location = location.header("Location").unwrap().to_owned();
    assert!(location.starts_with("http://localhost:8085/callback?error=access_denied&"), "{location}");
    assert!(location.ends_with("&state=s"), "{location}");
}

/// RFC 6749 section 4.1.2.1: an invalid client or redirect URI is shown to the user and never redirected to.
#[test]
fn nothing_is_redirected_to_an_unregistered_uri() {
    let sandbox = sandbox();
    for query in [
        format!("redirect_uri={CALLBACK}&response_type=code"),
        format!("client_id=unknown&redirect_uri={CALLBACK}&response_type=code"),
        "client_id=code&response_type=code".into(),
        "client_id=code&redirect_uri=https%3A%2F%2Felsewhere.example%2F&response_type=code".into(),
        "client_id=code&redirect_uri=http%3A%2F%2Flocalhost%40elsewhere.example%2F&response_type=code".into(),
        "client_id=code&redirect_uri=http%3A%2F%2Flocalhost.elsewhere.example%2F&response_type=code".into(),
        format!("client_id=app&redirect_uri={CALLBACK}&response_type=code"),
        "client_id=app&client_id=code".into(),
    ] {
        let answer = get(&sandbox, &query);
        assert_eq!((answer.status, answer.header("Location")), (400, None), "{query}");
    }
}

#[test]
fn other_errors_are_redirected_to_the_client() {
    let sandbox = sandbox();
    let error = |query: &str| {
        let answer = get(&sandbox, query);
        let location = answer.header("Location").unwrap_or_default();
        location.split_once("error=").map(|(_, rest)| rest.split('&').next().unwrap().to_owned())
    };
    let app = "client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fback%3Fx%3D1";
    assert_eq!(error(&format!("{app}&response_type=token")).as_deref(), Some("unsupported_response_type"));
    let plain = format!("{app}&response_type=code&code_challenge=x&code_challenge_method=plain");
    assert_eq!(error(&plain).as_deref(), Some("invalid_request"));
    let machine = format!("client_id=machine&redirect_uri={CALLBACK}&response_type=code");
    assert_eq!(error(&machine).as_deref(), Some("unauthorized_client"));
    // The query of a registered redirect URI is kept (RFC 6749 section 3.1.2).
    let location = decide(&sandbox, &format!("{app}&response_type=code&decision=allow"));
    assert!(location.header("Location").unwrap().starts_with("https://app.example/back?x=1&code="));
}

#[test]
fn names_are_escaped_in_the_page() {
    let page = get(
        &sandbox(),
        "client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fback%3Fx%3D1&response_type=code&x=%22%3E%3Cscript%3E",
    );
    assert!(page.text().contains("&lt;b&gt;App&lt;/b&gt;"), "{}", page.text());
    assert!(!page.text().contains("<b>") && !page.text().contains("<script"), "{}", page.text());
}
