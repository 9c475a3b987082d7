//! A response of the token endpoint with status 2xx, compared with a second implementation of the rules on top of serde_json.
//!
//! The module `wire::response` has the rules as a table, `wire::json` those of the JSON text.
#![no_main]

use genesys_token_core::time::Duration;
use genesys_token_core::wire::{ExchangeError, Field, ProtocolErrorKind, parse_token_response};
use genesys_token_fuzz::json::Json;
use genesys_token_fuzz::response::Response;
use genesys_token_fuzz::{number, token};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let response = Response::read(input);
    if !(200..300).contains(&response.status) {
        return Corpus::Reject;
    }
    let expected = Expected::of(&response.body);
    let mut body = response.body.clone();
    match (parse_token_response(&response.head(), &mut body), expected) {
        (Ok(found), Expected::Token { access_token, token_type, expires_in, scope, refresh_token }) => {
            assert_eq!(found.access_token(), access_token);
            assert_eq!(found.token_type(), token_type);
            assert_eq!(found.expires_in(), Duration::from_secs(expires_in.unwrap_or(0)));
            assert_eq!(found.has_expires_in(), expires_in.is_some());
            assert_eq!(found.scope(), scope.as_deref());
            assert_eq!(found.refresh_token(), refresh_token.as_deref());
            let shown = format!("{found:?}");
            // A short token may be part of any word, and any token may occur in the scope, which is shown.
            let elsewhere = scope.is_some_and(|scope| scope.contains(&access_token));
            assert!(
                access_token.len() < 16 || elsewhere || !shown.contains(&access_token),
                "the token is shown"
            );
        }
        (Err(ExchangeError::Refused(refusal)), Expected::Refused { error }) => {
            assert_eq!(refusal.status(), response.status);
            assert_eq!(refusal.code(), token::kept_whole(&error, 64));
        }
        (Err(ExchangeError::Protocol(error)), Expected::Illegal { kinds }) => {
            assert!(kinds.contains(&error.kind), "{:?} is none of {kinds:?}", error.kind);
            assert_eq!(error.status, response.status);
            assert!(error.offset <= response.body.len(), "an offset beyond the body");
            assert!(!error.to_string().is_empty());
        }
        (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
    }
    assert!(body.iter().all(|&byte| byte == 0), "the body was not wiped");
    Corpus::Keep
});

#[derive(Debug)]
enum Expected {
    Token {
        access_token: String,
        token_type: String,
        expires_in: Option<u64>,
        scope: Option<String>,
        refresh_token: Option<String>,
    },
    Refused {
        error: String,
    },
    Illegal {
        kinds: Vec<ProtocolErrorKind>,
    },
}

/// The members that must not be repeated.
const USED: [(&str, Field); 6] = [
    ("access_token", Field::AccessToken),
    ("token_type", Field::TokenType),
    ("expires_in", Field::ExpiresIn),
    ("refresh_token", Field::RefreshToken),
    ("scope", Field::Scope),
    ("error", Field::Error),
];

impl Expected {
    fn of(body: &[u8]) -> Self {
        use ProtocolErrorKind::{Depth, Duplicate, Empty, Incomplete, Invalid, NotAnObject, Syntax};
        let Some(json) = Json::read(body) else {
            // Which fault is found first depends on the parser; that one is found does not.
            let duplicates = USED.map(|(_, field)| Duplicate(field));
            return Self::Illegal { kinds: [&[Empty, Incomplete, Syntax, Depth][..], &duplicates].concat() };
        };
        let duplicates = USED.iter().filter(|(name, _)| json.members(name).len() > 1);
        let mut kinds: Vec<_> = duplicates.map(|&(_, field)| Duplicate(field)).collect();
        if json.depth() > 32 {
            kinds.push(Depth);
        }
        if !matches!(json, Json::Object(_)) {
            kinds.push(NotAnObject);
        }
        if !kinds.is_empty() {
            return Self::Illegal { kinds };
        }
        match json.first("error") {
            None => Self::without_error(&json),
            Some(Json::String(error)) if !error.is_empty() => Self::Refused { error: error.clone() },
            Some(_) => Self::Illegal { kinds: vec![Invalid(Field::Error)] },
        }
    }

    fn without_error(json: &Json) -> Self {
        let mut kinds = Vec::new();
        let access_token = text(json, "access_token", Field::AccessToken, token::is_b64token, &mut kinds);
        let token_type = text(json, "token_type", Field::TokenType, |_| true, &mut kinds);
        let refresh_token = text(json, "refresh_token", Field::RefreshToken, token::is_visible, &mut kinds);
        let scope = json.first("scope").and_then(|value| {
            let scope = scope(value).filter(|scope| !scope.bytes().any(|byte| byte.is_ascii_control()));
            if scope.is_none() {
                kinds.push(ProtocolErrorKind::Invalid(Field::Scope));
            }
            scope
        });
        let expires_in = json.first("expires_in").map(number::seconds);
        if expires_in == Some(None) {
            kinds.push(ProtocolErrorKind::Invalid(Field::ExpiresIn));
        }
        for (value, field) in [(&access_token, Field::AccessToken), (&token_type, Field::TokenType)] {
            if value.is_none() && !kinds.contains(&ProtocolErrorKind::Invalid(field)) {
                kinds.push(ProtocolErrorKind::Missing(field));
            }
        }
        if token_type.as_ref().is_some_and(|token_type| !token_type.eq_ignore_ascii_case("bearer")) {
            kinds.push(ProtocolErrorKind::TokenType);
        }
        match (access_token, token_type) {
            (Some(access_token), Some(token_type)) if kinds.is_empty() => Self::Token {
                access_token,
                token_type,
                expires_in: expires_in.flatten(),
                scope: scope.filter(|text| !text.is_empty()),
                refresh_token: refresh_token.filter(|text| !text.is_empty()),
            },
            _ => Self::Illegal { kinds },
        }
    }
}

/// Returns the text of a member, and records a fault in it.
fn text(
    json: &Json,
    name: &str,
    field: Field,
    legal: fn(&str) -> bool,
    kinds: &mut Vec<ProtocolErrorKind>,
) -> Option<String> {
    let value = json.first(name)?;
    let text = value.as_str().filter(|text| legal(text));
    if text.is_none() {
        kinds.push(ProtocolErrorKind::Invalid(field));
    }
    text.map(str::to_owned)
}

/// Returns a text, or several joined with single spaces.
fn scope(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Array(values) => {
            let words: Option<Vec<_>> = values.iter().map(Json::as_str).collect();
            Some(words?.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    }
}
