//! The authorization endpoint: its URL, PKCE, and the redirect that ends a request.

use genesys_token_core::settings::{Endpoint, Scope};
use genesys_token_core::wire::RefusalClass;
use genesys_token_core::wire::authorization::{
    AuthorizationError, AuthorizationRequest, Expected, base64url, is_code_verifier,
    parse_authorization_response,
};
use genesys_token_core::wire::form::Writer;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const STATE: &str = "af0ifjsldkj";
const EXPECTED: Expected<'_> = Expected { state: STATE, issuer: Some("https://login.mypurecloud.de") };

fn url(request: AuthorizationRequest<'_>, endpoint: &Endpoint) -> String {
    let mut buffer = vec![0; request.url_len(endpoint)];
    let url = request.write_url(endpoint, &mut buffer).expect("it fits").to_owned();
    let mut short = vec![0; buffer.len() - 1];
    let error = request.write_url(endpoint, &mut short).expect_err("it does not fit");
    assert_eq!((error.needed, error.capacity), (url.len(), url.len() - 1));
    url
}

fn code(text: &str) -> Result<String, AuthorizationError> {
    let mut text = text.as_bytes().to_vec();
    let outcome = parse_authorization_response(&mut text, EXPECTED).map(|found| found.code().to_owned());
    assert!(text.iter().all(|&byte| byte == 0), "wiped");
    outcome
}

/// The values of RFC 7636 appendix B.
#[test]
fn the_example_of_the_rfc() {
    let random = [
        116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105,
        214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
    ];
    let digest = [
        19, 211, 30, 150, 26, 26, 216, 236, 47, 22, 177, 12, 76, 152, 46, 8, 118, 168, 120, 173, 109, 241,
        68, 86, 110, 225, 137, 74, 203, 112, 249, 195,
    ];
    assert_eq!(&base64url(&random), b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(&base64url(&digest), b"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

/// RFC 4648 section 5: 62 is `-`, 63 is `_`, and there is no other character beyond letters and digits.
#[test]
fn every_encoding_is_a_code_verifier() {
    for byte in 0..=u8::MAX {
        let text = base64url(&[byte; 32]);
        assert!(is_code_verifier(core::str::from_utf8(&text).unwrap()), "{byte}");
    }
    assert_eq!(&base64url(&[0xff; 32])[..4], b"____");
    assert_eq!(&base64url(&[0xfb, 0xef, 0xbe].repeat(11)[..32].try_into().unwrap())[..4], b"----");
}

#[test]
fn code_verifiers_have_43_to_128_unreserved_characters() {
    for legal in ["a".repeat(43), "Z9-._~".repeat(21)] {
        assert!(is_code_verifier(&legal), "{legal}");
    }
    for illegal in ["a".repeat(42), "a".repeat(129), format!("{}+", "a".repeat(43)), "ä".repeat(43)] {
        assert!(!is_code_verifier(&illegal), "{illegal}");
    }
}

#[test]
fn the_url_has_the_parameters_of_the_service() {
    let endpoint: Endpoint = "eu_central_1".parse().unwrap();
    let request = AuthorizationRequest::new("an id", "http://127.0.0.1:8085/back?x=1", STATE);
    assert_eq!(
        url(request, &endpoint),
        "https://login.mypurecloud.de/oauth/authorize?client_id=an%20id\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A8085%2Fback%3Fx%3D1&response_type=code&state=af0ifjsldkj"
    );
    let scope = Scope::<64>::new("users:readonly routing").unwrap();
    let request = AuthorizationRequest::new("id", "u", "s")
        .with_code_challenge("c")
        .with_scope(&scope)
        .with_org_name("org & more")
        .with_provider("okta")
        .with_prompt_login();
    assert!(url(request, &endpoint).ends_with(
        "?client_id=id&redirect_uri=u&response_type=code&code_challenge=c&code_challenge_method=S256&state=s\
         &scope=users%3Areadonly%20routing&org=org%20%26%20more&provider=okta&prompt=login"
    ));
}

#[test]
fn the_url_follows_the_endpoint() {
    let request = AuthorizationRequest::new("id", "u", "s");
    for (host, port, path, start) in [
        ("::1", 8443, "/oauth/token", "https://[::1]:8443/oauth/authorize?"),
        ("gateway.test", 65_535, "/login/oauth/token", "https://gateway.test:65535/login/oauth/authorize?"),
        ("gateway.test", 7, "/elsewhere", "https://gateway.test:7/oauth/authorize?"),
    ] {
        let endpoint = Endpoint::explicit(host, port, path).unwrap();
        let url = url(request, &endpoint);
        assert!(url.starts_with(start), "{url}");
    }
}

#[test]
fn the_code_in_every_wrapping() {
    for before in ["", "?", "/callback?", "http://127.0.0.1:8085/callback?a=b&"] {
        assert_eq!(code(&format!("{before}code=a%2Bb+c&state={STATE}")).unwrap(), "a+b c", "{before}");
    }
    assert_eq!(code(&format!("?code=x&state={STATE}#code=y&state=z")).unwrap(), "x");
    assert_eq!(code(&format!("code=x&state={STATE}&iss=https://login.mypurecloud.de")).unwrap(), "x");
    assert_eq!(code(&format!("code=x&state={STATE}&iss=")).unwrap(), "x");
}

#[test]
fn what_belongs_to_another_request_is_not_used() {
    for state in ["", "&state=", "&state=af0ifjsldk", "&state=af0ifjsldkjj", "&state=AF0IFJSLDKJ"] {
        assert_eq!(code(&format!("code=x{state}")), Err(AuthorizationError::State), "{state}");
        // Before anything else counts: an error of another request is none of this one.
        assert_eq!(code(&format!("error=access_denied{state}")), Err(AuthorizationError::State), "{state}");
    }
    for issuer in ["https://login.mypurecloud.ie", "https://login.mypurecloud.de/", "x"] {
        let text = format!("code=x&state={STATE}&iss={issuer}");
        assert_eq!(code(&text), Err(AuthorizationError::Issuer), "{issuer}");
        let mut text = text.into_bytes();
        assert!(parse_authorization_response(&mut text, Expected { issuer: None, ..EXPECTED }).is_ok());
    }
    let mut text = b"code=x&state=".to_vec();
    let nothing = Expected { state: "", issuer: None };
    assert_eq!(parse_authorization_response(&mut text, nothing).unwrap_err(), AuthorizationError::State);
}

#[test]
fn refusals() {
    let Err(AuthorizationError::Refused(refusal)) =
        code(&format!("error=access_denied&error_description=The+user%0Asaid+no&state={STATE}&code=x"))
    else {
        panic!("no refusal")
    };
    assert_eq!((refusal.class(), refusal.status()), (RefusalClass::Unexpected, 0));
    assert_eq!((refusal.code(), refusal.description()), ("access_denied", "The user?said no"));
}

#[test]
fn illegal_redirects() {
    let with_state = |text: &str| code(&format!("state={STATE}&{text}"));
    for text in ["", "code=", "code=%00", "code=%C3%A4", "code=a%0Ab"] {
        assert_eq!(with_state(text), Err(AuthorizationError::Code), "{text}");
    }
    assert_eq!(with_state("code=x&code=x"), Err(AuthorizationError::Duplicate("code")));
    assert_eq!(with_state("state=&code=x"), Err(AuthorizationError::Duplicate("state")));
    for text in ["code=%", "code=%g0", "a=%ff", "%=x"] {
        assert!(matches!(with_state(text), Err(AuthorizationError::Encoding { .. })), "{text}");
    }
}

#[test]
fn nothing_secret_is_shown() {
    let mut text = format!("code=SENTINEL&state={STATE}").into_bytes();
    let response = parse_authorization_response(&mut text, EXPECTED).unwrap();
    let request = AuthorizationRequest::new("id", "u", STATE);
    let shown = format!("{response:?} {EXPECTED:?} {request:?}");
    assert!(!shown.contains("SENTINEL") && !shown.contains(STATE), "{shown}");
}

proptest! {
    // A case takes a thousand times as long in Miri.
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 500 })
    })]

    /// A code of any legal characters beside any other parameters; a redirect with one character more of state gives none.
    #[test]
    fn what_was_encoded_is_read(code in "[ -~]{1,40}", state in "[A-Za-z0-9_-]{1,43}", other in "[ -~]{0,20}") {
        let mut form = [0; 512];
        let mut writer = Writer::new(&mut form);
        writer.pair("other", &other);
        writer.pair("state", &state);
        writer.pair("code", &code);
        let query = core::str::from_utf8(writer.finish().unwrap()).unwrap().to_owned();
        let redirect = format!("http://localhost:1/callback?{query}");
        let mut text = redirect.clone().into_bytes();
        let expected = Expected { state: &state, issuer: None };
        let response = parse_authorization_response(&mut text, expected).unwrap();
        prop_assert_eq!(response.code(), code);
        drop(response);
        let longer = format!("{state}x");
        let mut text = redirect.into_bytes();
        let expected = Expected { state: &longer, issuer: None };
        prop_assert_eq!(parse_authorization_response(&mut text, expected).unwrap_err(), AuthorizationError::State);
    }

    /// Whatever a browser sends: it ends, is wiped, and gives a code only with the state.
    #[test]
    fn any_bytes_are_judged(bytes in vec(select(b"code=staeu&%?#2b+\xff\0".to_vec()), 0..60)) {
        let mut text = bytes.clone();
        let expected = Expected { state: "a", issuer: None };
        let found = parse_authorization_response(&mut text, expected).is_ok();
        prop_assert!(text.iter().all(|&byte| byte == 0));
        prop_assert!(!found || bytes.windows(5).any(|part| part == b"state"));
    }
}
