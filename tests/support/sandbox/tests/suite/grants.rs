//! The grants for users: authorization codes, PKCE, refresh tokens, SAML 2 assertions.

use core::time::Duration;

use genesys_token_sandbox::{Client as Registered, GrantType, Sandbox};

use crate::client::{Answer, Client, api_request, post_form, token_request};

const REDIRECT: &str = "https://app.example/back";
/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn sandbox() -> Sandbox {
    let builder = Sandbox::builder()
        .client(Registered::new("code", "s").for_grants([GrantType::Code]).with_scope(&["users:readonly"]))
        .client(Registered::new("saml", "s").for_grants([GrantType::Saml2Bearer]))
        .client(Registered::new("machine", "s"));
    builder.start_blocking().unwrap()
}

fn ask(sandbox: &Sandbox, request: &str) -> Answer {
    Client::trusting_sandbox(sandbox).ask(sandbox.login_addr(), request)
}

#[test]
fn a_code_can_be_used_once_and_with_its_redirect_uri() {
    let sandbox = sandbox();
    let code = sandbox.authorization_code("code", REDIRECT, None);
    let form =
        format!("grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fapp.example%2Fback");
    let answer = ask(&sandbox, &token_request("code", "s", &form));
    assert_eq!((answer.status, answer.field("refresh_token").len()), (200, 86));
    let again = ask(&sandbox, &token_request("code", "s", &form));
    assert_eq!((again.status, again.field("error").as_str()), (400, "invalid_grant"));
    let me = api_request("GET", "/api/v2/users/me", &answer.field("access_token"));
    assert_eq!(
        Client::trusting_sandbox(&sandbox).ask(sandbox.api_addr(), &me).status,
        200,
        "this token belongs to a user"
    );

    let code = sandbox.authorization_code("code", REDIRECT, None);
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fother.example");
    assert_eq!(ask(&sandbox, &token_request("code", "s", &form)).field("error"), "invalid_grant");
    let code = sandbox.authorization_code("code", REDIRECT, None);
    sandbox.advance(Duration::from_secs(600));
    let form =
        format!("grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fapp.example%2Fback");
    assert_eq!(ask(&sandbox, &token_request("code", "s", &form)).field("error"), "invalid_grant");
}

#[test]
fn pkce_requires_the_verifier_and_no_secret() {
    let sandbox = sandbox();
    let form = |verifier: &str| {
        let code = sandbox.authorization_code("code", REDIRECT, Some(CHALLENGE));
        format!(
            "grant_type=authorization_code&code={code}&code_verifier={verifier}&client_id=code\
             &redirect_uri=https%3A%2F%2Fapp.example%2Fback"
        )
    };
    assert_eq!(ask(&sandbox, &post_form("", &form(VERIFIER))).status, 200);
    assert_eq!(ask(&sandbox, &token_request("code", "", &form(VERIFIER))).status, 200);
    assert_eq!(
        ask(&sandbox, &token_request("code", "wrong", &form(VERIFIER))).field("error"),
        "invalid_client"
    );
    assert_eq!(ask(&sandbox, &post_form("", &form(&"a".repeat(43)))).field("error"), "invalid_grant");
    let code = sandbox.authorization_code("code", REDIRECT, None);
    let no_challenge = format!(
        "grant_type=authorization_code&code={code}&code_verifier={VERIFIER}&client_id=code\
         &redirect_uri=https%3A%2F%2Fapp.example%2Fback"
    );
    assert_eq!(ask(&sandbox, &post_form("", &no_challenge)).field("error"), "invalid_grant");
}

#[test]
fn refresh_tokens_rotate() {
    let sandbox = sandbox();
    let code = sandbox.authorization_code("code", REDIRECT, None);
    let form =
        format!("grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fapp.example%2Fback");
    let first = ask(&sandbox, &token_request("code", "s", &form)).field("refresh_token");
    let refresh = token_request("code", "s", &format!("grant_type=refresh_token&refresh_token={first}"));
    let second = ask(&sandbox, &refresh);
    assert_eq!(second.status, 200);
    assert_ne!(second.field("refresh_token"), first);
    assert_eq!(ask(&sandbox, &refresh).field("error"), "invalid_grant", "the first one has been used");
}

#[test]
fn an_assertion_requires_the_organization() {
    let sandbox = sandbox();
    let status = |form: &str| {
        let form = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Asaml2-bearer&{form}");
        ask(&sandbox, &token_request("saml", "s", &form)).status
    };
    assert_eq!(status("orgName=sandbox&assertion=PHNhbWw%2BPC9zYW1sPg%3D%3D"), 200);
    assert_eq!(status("orgName=other&assertion=PHNhbWw%2BPC9zYW1sPg%3D%3D"), 400);
    assert_eq!(status("orgName=sandbox&assertion=not+base64"), 400);
    assert_eq!(status("orgName=sandbox"), 400);
}

#[test]
fn clients_are_limited_to_their_grant_types() {
    let sandbox = sandbox();
    let refusal = ask(&sandbox, &token_request("code", "s", "grant_type=client_credentials"));
    let text = "client is not authorized to use the client_credential grant type";
    assert_eq!(
        (refusal.field("error").as_str(), refusal.field("description").as_str()),
        ("unauthorized_client", text)
    );
    let refusal = ask(&sandbox, &token_request("machine", "s", "grant_type=refresh_token&refresh_token=x"));
    assert_eq!(refusal.field("error"), "unauthorized_client");
}
