//! The redirect of the implicit grant.

use genesys_token_core::time::Duration;
use genesys_token_core::wire::{
    ExchangeError, Field, ProtocolErrorKind as Kind, Refusal, RefusalClass, parse_redirect,
};

const USUAL: &str = "access_token=Az09-_.~%2B%2F%3D&expires_in=86399&token_type=bearer&state=x+y%26z";

fn kind(text: &str) -> Kind {
    match parse_redirect(&mut text.as_bytes().to_vec()) {
        Err(ExchangeError::Protocol(error)) => {
            assert_eq!(error.status, 0);
            error.kind
        }
        Err(error) => panic!("{text}: {error}"),
        Ok(response) => panic!("{text}: {response:?}"),
    }
}

fn refusal(text: &str) -> Refusal {
    match parse_redirect(&mut text.as_bytes().to_vec()) {
        Err(ExchangeError::Refused(refusal)) => refusal,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn the_usual_fragment_in_every_wrapping() {
    for before in
        ["", "#", "https://app.example/callback#", "https://app.example/?a=b&access_token=no#", "?x=1#"]
    {
        let mut text = format!("{before}{USUAL}").into_bytes();
        let response = parse_redirect(&mut text).unwrap();
        assert_eq!(response.access_token(), "Az09-_.~+/=");
        assert_eq!(response.expires_in(), Duration::from_secs(86_399));
        assert_eq!(response.state(), Some("x y&z"));
        assert_eq!(response.scope(), None);
        drop(response);
        assert!(text.iter().all(|&byte| byte == 0));
    }
}

#[test]
fn parameters_that_are_optional() {
    let mut text = b"scope=a+b%20c&token_type=BEARER&access_token=t&unknown=%00&&expires_in=&state=".to_vec();
    let response = parse_redirect(&mut text).unwrap();
    assert_eq!((response.scope(), response.state()), (Some("a b c"), None));
    assert_eq!(response.expires_in(), Duration::ZERO);
}

#[test]
fn states_are_compared_whole() {
    let mut text = USUAL.as_bytes().to_vec();
    let response = parse_redirect(&mut text).unwrap();
    assert!(response.has_state("x y&z"));
    for other in ["", "x", "x y&", "x y&zz", "X y&z", "x+y%26z", "\0\0\0\0\0"] {
        assert!(!response.has_state(other), "{other}");
    }
    let mut stateless = b"access_token=t&token_type=bearer".to_vec();
    let response = parse_redirect(&mut stateless).unwrap();
    assert!(!response.has_state("x"));
    assert!(response.has_state(""));
}

#[test]
fn refusals() {
    let refusal_of = refusal("#error=access_denied&error_description=The+user%0Asaid+n%C3%B6&state=x");
    assert_eq!(refusal_of.class(), RefusalClass::Unexpected);
    assert_eq!((refusal_of.status(), refusal_of.code()), (0, "access_denied"));
    assert_eq!(refusal_of.description(), "The user?said n?");
    assert!(!refusal_of.to_string().contains("status"));
    for (error, class) in [
        ("unauthorized_client", RefusalClass::ClientNotAllowed),
        ("invalid_scope", RefusalClass::Scope),
        ("unsupported_response_type", RefusalClass::Request),
        ("temporarily_unavailable", RefusalClass::Unavailable),
    ] {
        assert_eq!(refusal(&format!("error={error}")).class(), class);
        let beside = format!("access_token=t&token_type=bearer&error={error}");
        assert_eq!(refusal(&beside).class(), class);
    }
}

#[test]
fn illegal_fragments() {
    let cases = [
        ("", Kind::Missing(Field::AccessToken)),
        ("#", Kind::Missing(Field::AccessToken)),
        ("https://app.example/callback", Kind::Missing(Field::AccessToken)),
        ("https://app.example/?access_token=t&token_type=bearer#", Kind::Missing(Field::AccessToken)),
        ("access_token=&token_type=bearer", Kind::Missing(Field::AccessToken)),
        ("access_token=t", Kind::Missing(Field::TokenType)),
        ("access_token=t&token_type=mac", Kind::TokenType),
        ("access_token=a+b&token_type=bearer", Kind::Invalid(Field::AccessToken)),
        ("access_token=a%0D%0Ab&token_type=bearer", Kind::Invalid(Field::AccessToken)),
        ("access_token=t&token_type=bearer&expires_in=-1", Kind::Invalid(Field::ExpiresIn)),
        ("access_token=t&token_type=bearer&expires_in=1.0", Kind::Invalid(Field::ExpiresIn)),
        ("access_token=t&token_type=bearer&scope=a%0Ab", Kind::Invalid(Field::Scope)),
        ("access_token=t&token_type=bearer&access_token=t", Kind::Duplicate(Field::AccessToken)),
        ("access_token=t&token_type=bearer&state=x&state=x", Kind::Duplicate(Field::State)),
        ("error=&error=x", Kind::Duplicate(Field::Error)),
        ("access_token=t%&token_type=bearer", Kind::Syntax),
        ("access_token=t&token_type=bearer&x=%ff", Kind::Syntax),
    ];
    for (text, expected) in cases {
        assert_eq!(kind(text), expected, "{text}");
        let mut text = text.as_bytes().to_vec();
        assert!(parse_redirect(&mut text).is_err());
        assert!(text.iter().all(|&byte| byte == 0), "wiped");
    }
}

#[test]
fn control_characters_of_a_description_are_cleaned_one_by_one() {
    let mut text = b"error=access_denied&error_description=-2ki%00\0\0to%0Ake".to_vec();
    let Err(ExchangeError::Refused(refusal)) = parse_redirect(&mut text) else { panic!("no refusal") };
    assert_eq!((refusal.code(), refusal.description()), ("access_denied", "-2ki???to?ke"));
    assert!(!refusal.description_was_cut());
}
