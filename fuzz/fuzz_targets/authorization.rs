//! The authorization endpoint: the URL of a request read back by form_urlencoded, the redirect that ends it compared with a second
//! implementation of the rules, and the encoding of PKCE compared with base64.
//!
//! The first line of an input is the kind, the others are its values; `fuzz/corpus/README.md` lists the kinds. The module
//! `wire::authorization` has the rules of the redirect as a table.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use genesys_token_core::settings::{Endpoint, Scope};
use genesys_token_core::wire::authorization::{
    AuthorizationError, AuthorizationRequest, Expected, base64url, is_code_verifier,
    parse_authorization_response,
};
use genesys_token_fuzz::{form, token};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let (kind, rest) = line(input);
    match kind {
        b"request" => match std::str::from_utf8(rest) {
            Ok(text) => request(text),
            Err(_) => return Corpus::Reject,
        },
        b"response" => {
            let (state, rest) = line(rest);
            let (issuer, redirect) = line(rest);
            match (std::str::from_utf8(state), std::str::from_utf8(issuer)) {
                (Ok(state), Ok(issuer)) => response(state, (!issuer.is_empty()).then_some(issuer), redirect),
                _ => return Corpus::Reject,
            }
        }
        b"pkce" => pkce(rest),
        _ => return Corpus::Reject,
    }
    Corpus::Keep
});

/// Returns the first line, and what follows it.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&byte| byte == b'\n').unwrap_or(text.len());
    (&text[..end], text.get(end + 1..).unwrap_or_default())
}

fn request(text: &str) {
    let mut lines = text.split('\n');
    let mut value = || lines.next().unwrap_or_default();
    let Ok(endpoint) = value().parse::<Endpoint>().or_else(|_| explicit(value())) else { return };
    let (client_id, redirect_uri, state, challenge) = (value(), value(), value(), value());
    let (scope, org_name, provider, prompt) = (value(), value(), value(), value());
    let mut request = AuthorizationRequest::new(client_id, redirect_uri, state)
        .with_code_challenge(challenge)
        .with_org_name(org_name)
        .with_provider(provider);
    let checked: Option<Scope> = scope.parse().ok();
    if let Some(scope) = &checked {
        request = request.with_scope(scope);
    }
    if prompt == "login" {
        request = request.with_prompt_login();
    }

    let length = request.url_len(&endpoint);
    let mut short = vec![0xff; length - 1];
    let error = request.write_url(&endpoint, &mut short).expect_err("a buffer that is too short");
    assert_eq!((error.needed, error.capacity), (length, length - 1));
    assert!(short.iter().all(|&byte| byte == 0), "a part of the URL was written");
    let mut buffer = vec![0; length];
    let url = request.write_url(&endpoint, &mut buffer).expect("a buffer of the exact length");
    assert_eq!(url.len(), length);

    let (base, query) = url.split_once('?').expect("a query");
    assert_eq!(base, expected_base(&endpoint));
    assert!(query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'), "{query}");
    let scope = checked.as_ref().map_or("", |scope| scope.as_str());
    let method = if challenge.is_empty() { "" } else { "S256" };
    let prompt = if prompt == "login" { prompt } else { "" };
    let always = ["client_id", "redirect_uri", "response_type"];
    let wanted = [
        (always[0], client_id),
        (always[1], redirect_uri),
        (always[2], "code"),
        ("code_challenge", challenge),
        ("code_challenge_method", method),
        ("state", state),
        ("scope", scope),
        ("org", org_name),
        ("provider", provider),
        ("prompt", prompt),
    ];
    let wanted: Vec<_> =
        wanted.into_iter().filter(|(name, value)| always.contains(name) || !value.is_empty()).collect();
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(pairs, wanted);

    // The output is the same with another state: none is shown.
    let twin = AuthorizationRequest::new(client_id, redirect_uri, "other");
    assert_eq!(format!("{request:?}"), format!("{twin:?}"));
}

/// Returns an endpoint with a port and a path, from `host port path`.
fn explicit(text: &str) -> Result<Endpoint, ()> {
    let mut words = text.split(' ');
    let (Some(host), Some(port), Some(path)) = (words.next(), words.next(), words.next()) else {
        return Err(());
    };
    Endpoint::explicit(host, port.parse().map_err(drop)?, path).map_err(drop)
}

/// Returns the URL of the authorization endpoint without its query.
fn expected_base(endpoint: &Endpoint) -> String {
    let host = endpoint.login_host();
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let port =
        if endpoint.login_port() == 443 { String::new() } else { format!(":{}", endpoint.login_port()) };
    let path = endpoint.token_path().strip_suffix("/token").map(|path| format!("{path}/authorize"));
    format!("https://{host}{port}{}", path.as_deref().unwrap_or("/oauth/authorize"))
}

fn response(state: &str, issuer: Option<&str>, redirect: &[u8]) {
    let expected = Expected { state, issuer };
    let end = redirect.iter().position(|&byte| byte == b'#').unwrap_or(redirect.len());
    let query = &redirect[..end];
    let start = query.iter().position(|&byte| byte == b'?').map_or(0, |mark| mark + 1);
    let pairs = form::pairs(&query[start..]);
    let is_whole = pairs.iter().all(Option::is_some);
    let pairs: Vec<_> = pairs.into_iter().flatten().collect();
    let count = |wanted: &str| pairs.iter().filter(|(name, _)| name == wanted).count();
    let names = ["code", "state", "iss", "error", "error_description"];
    let repeated: Vec<_> = names.into_iter().filter(|name| count(name) > 1).collect();
    let value = |wanted: &str| {
        let value = pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    };
    let is_readable = is_whole && repeated.is_empty();
    let is_ours = is_readable && !state.is_empty() && value("state") == Some(state);
    let is_issuer = issuer.is_none() || value("iss").is_none() || value("iss") == issuer;
    let code = value("code").filter(|code| code.bytes().all(|byte| (b' '..=b'~').contains(&byte)));

    let mut text = redirect.to_vec();
    match parse_authorization_response(&mut text, expected) {
        Ok(response) => {
            assert!(is_ours && is_issuer && value("error").is_none());
            assert_eq!(Some(response.code()), code);
            assert_eq!(format!("{response:?}"), "AuthorizationResponse([redacted])");
        }
        Err(error) => {
            let is_the_fault = match &error {
                AuthorizationError::Encoding { offset } => !is_whole && *offset <= redirect.len(),
                AuthorizationError::Duplicate(name) => repeated.contains(name),
                AuthorizationError::State => is_readable && !is_ours,
                AuthorizationError::Issuer => is_ours && !is_issuer,
                AuthorizationError::Refused(refusal) => {
                    let code = value("error").expect("an error");
                    token::check_refusal(refusal, code, value("error_description"));
                    let kept = token::kept_whole(code, 64);
                    assert_eq!(refusal.class(), token::class(0, Some(kept), refusal.description()));
                    is_ours && is_issuer && refusal.status() == 0
                }
                AuthorizationError::Code => {
                    is_ours && is_issuer && value("error").is_none() && code.is_none()
                }
                error => panic!("unexpected error {error:?}"),
            };
            assert!(is_the_fault, "{error:?} is not the fault");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains(['\n', '\r']), "{shown}");
        }
    }
    assert!(text.iter().all(|&byte| byte == 0), "the text was not wiped");
    // The output is the same with another state: none is shown.
    assert_eq!(format!("{expected:?}"), format!("{:?}", Expected { state: "other", issuer }));
}

fn pkce(input: &[u8]) {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(input) {
        *to = *from;
    }
    let encoded = base64url(&bytes);
    assert_eq!(URL_SAFE_NO_PAD.encode(bytes).as_bytes(), encoded);
    assert!(is_code_verifier(std::str::from_utf8(&encoded).expect("ASCII")));
    if let Ok(text) = std::str::from_utf8(input) {
        let unreserved =
            text.chars().all(|c| matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~'));
        assert_eq!(is_code_verifier(text), unreserved && (43..=128).contains(&text.chars().count()));
    }
}
