//! The login of a user in a browser.

use std::time::Duration;

use genesys_token_sandbox::{Client, GrantType, Sandbox};
use genesys_token_tokio::core::wire::authorization::{AuthorizationError, is_code_verifier};
use genesys_token_tokio::login::{AuthorizationRequest, LoginError, RedirectListener};
use genesys_token_tokio::{ClientId, Credentials, Endpoint, Grant};
use ring::digest::{SHA256, digest};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::fixture::{builder, endpoint, label};

const ID: &str = "1d2c3b4a-0000-4000-8000-1234567890ab";
/// The operating system chooses the port.
const ANY_PORT: &str = "http://127.0.0.1:0/callback";
const LONG: Duration = Duration::from_secs(60);

fn request(endpoint: &Endpoint, redirect_uri: &str) -> AuthorizationRequest {
    AuthorizationRequest::new(endpoint, &ClientId::new(ID).unwrap(), redirect_uri).unwrap()
}

fn somewhere() -> Endpoint {
    "eu_central_1".parse().unwrap()
}

/// Returns the value of a parameter of the URL.
fn parameter(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').unwrap();
    let pair = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    pair.unwrap_or_else(|| panic!("{name} in {url}")).to_owned()
}

/// Sends these bytes as a browser would, and returns the response.
async fn browse(redirect_uri: &str, request: &str) -> String {
    let authority = redirect_uri.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

/// Opens a path and query.
async fn open(redirect_uri: &str, target: &str) -> String {
    let authority = redirect_uri.strip_prefix("http://").unwrap().split('/').next().unwrap();
    browse(redirect_uri, &format!("GET {target} HTTP/1.1\r\nHost: {authority}\r\nCookie: a=b\r\n\r\n")).await
}

#[tokio::test]
async fn a_login_ends_with_tokens() {
    let sandbox = Sandbox::builder().client(Client::new(ID, "secret").for_grants([GrantType::Code]));
    let sandbox = sandbox.start().await.unwrap();
    let endpoint = endpoint(&sandbox, "localhost");
    let mut listener = RedirectListener::bind(ANY_PORT).await.unwrap();
    let redirect_uri = listener.redirect_uri().to_owned();
    let request = request(&endpoint, &redirect_uri);
    let url = request.url();
    assert!(url.starts_with(&format!("{}/oauth/authorize?", sandbox.login_url())), "{url}");

    // What the consent page of the service does.
    let code = sandbox.authorization_code(ID, &redirect_uri, Some(&parameter(&url, "code_challenge")));
    let target = format!("/callback?code={code}&state={}", parameter(&url, "state"));
    let (grant, page) = tokio::join!(listener.receive(&request, LONG), open(&redirect_uri, &target));
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("complete"), "{page}");
    for header in [
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "Content-Security-Policy: default-src 'none'",
    ] {
        assert!(page.contains(header), "{page}");
    }
    assert!(!page.contains(&code), "the page does not contain the code");

    let public = Credentials::public(ClientId::new(ID).unwrap());
    let client = builder(&sandbox).credentials(public).grant(grant.unwrap()).build().unwrap();
    assert_eq!(label(&client.token().await), "token");
    assert!(client.refresh_token().is_some());
}

#[test]
fn every_request_has_its_own_state_and_verifier() {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        let request = request(&somewhere(), "http://localhost:1/");
        let url = request.url();
        let state = parameter(&url, "state");
        let grant = request.grant(&format!("?code=c&state={state}")).unwrap();
        let Grant::AuthorizationCodePkce { code_verifier, redirect_uri, .. } = grant else {
            panic!("{grant:?}")
        };
        assert_eq!(redirect_uri, "http://localhost:1/");
        assert!(is_code_verifier(code_verifier.expose()) && is_code_verifier(&state));
        // RFC 7636 section 4.2, with another implementation of SHA-256 and Base64url.
        let expected = digest(&SHA256, code_verifier.expose().as_bytes());
        assert_eq!(parameter(&url, "code_challenge"), crate::grants::base64url(expected.as_ref()));
        assert!(seen.insert(state) && seen.insert(code_verifier.expose().to_owned()));
        assert!(!format!("{request:?}").contains(code_verifier.expose()));
    }
}

#[tokio::test]
async fn a_redirect_with_another_state_does_not_end_the_login() {
    let mut listener = RedirectListener::bind(ANY_PORT).await.unwrap();
    let uri = listener.redirect_uri().to_owned();
    let request = request(&somewhere(), &uri);
    let state = parameter(&request.url(), "state");
    let authority = uri.strip_prefix("http://").unwrap().strip_suffix("/callback").unwrap().to_owned();
    let browsers = async {
        // Browsers open connections that they do not use.
        let _unused = TcpStream::connect(&*authority).await.unwrap();
        for (request, status) in [
            (format!("GET /callback?code=c&state=guessed HTTP/1.1\r\nHost: {authority}\r\n\r\n"), 400),
            (format!("GET /callback?error=access_denied HTTP/1.1\r\nHost: {authority}\r\n\r\n"), 400),
            (format!("GET /callback?code=c&state={state} HTTP/1.1\r\nHost: evil.test\r\n\r\n"), 421),
            (format!("GET /callback?code=c&state={state} HTTP/1.1\r\n\r\n"), 400),
            (format!("POST /callback?code=c&state={state} HTTP/1.1\r\nHost: {authority}\r\n\r\n"), 405),
            (format!("GET /favicon.ico HTTP/1.1\r\nHost: {authority}\r\n\r\n"), 404),
            (format!("GET /callback/x?code=c&state={state} HTTP/1.1\r\nHost: {authority}\r\n\r\n"), 404),
            ("\x16\x03\x01\r\n\r\n".to_owned(), 400),
        ] {
            let response = browse(&uri, &request).await;
            assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {response}");
        }
        open(&uri, &format!("/callback?state={state}&error=access_denied&error_description=no")).await
    };
    let (outcome, page) = tokio::join!(listener.receive(&request, LONG), browsers);
    assert!(page.contains("failed") && !page.contains("access_denied"), "{page}");
    let error = outcome.unwrap_err();
    assert!(matches!(&error, LoginError::Redirect(AuthorizationError::Refused(_))), "{error:?}");
    assert!(error.to_string().contains("access_denied"), "{error}");
}

#[tokio::test]
async fn another_issuer_is_refused_if_one_is_expected() {
    let mut listener = RedirectListener::bind(ANY_PORT).await.unwrap();
    let uri = listener.redirect_uri().to_owned();
    let request = request(&somewhere(), &uri).issuer("https://login.mypurecloud.de");
    let state = parameter(&request.url(), "state");
    let target = format!("/callback?code=c&state={state}&iss=https%3A%2F%2Fevil.test");
    let (outcome, _) = tokio::join!(listener.receive(&request, LONG), open(&uri, &target));
    assert!(matches!(outcome, Err(LoginError::Redirect(AuthorizationError::Issuer))), "{outcome:?}");
}

/// The listener can be asked again after a future was dropped or has timed out.
#[tokio::test]
async fn a_wait_ends_and_can_be_repeated() {
    let mut listener = RedirectListener::bind(ANY_PORT).await.unwrap();
    let uri = listener.redirect_uri().to_owned();
    let request = request(&somewhere(), &uri);
    let state = parameter(&request.url(), "state");
    let error = listener.receive(&request, Duration::from_millis(20)).await.unwrap_err();
    assert!(matches!(error, LoginError::TimedOut { of_other_requests: 0, .. }), "{error:?}");
    drop(tokio::time::timeout(Duration::from_millis(20), listener.receive(&request, LONG)).await);
    let target = format!("/callback?code=c&state={state}");
    let (outcome, _) = tokio::join!(listener.receive(&request, LONG), open(&uri, &target));
    assert!(matches!(outcome, Ok(Grant::AuthorizationCodePkce { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_port_in_use_and_a_uri_of_another_host_are_named() {
    let first = RedirectListener::bind(ANY_PORT).await.unwrap();
    let error = RedirectListener::bind(first.redirect_uri()).await.unwrap_err();
    assert!(matches!(error, LoginError::Listen { .. }), "{error:?}");
    assert!(error.to_string().contains("127.0.0.1:"), "{error}");
    let error = RedirectListener::bind("https://app.example/callback").await.unwrap_err();
    assert!(matches!(error, LoginError::RedirectUri) && error.to_string().contains("localhost"), "{error}");
}
