//! The URL that ends the implicit grant, compared with a second implementation of the rules on top of form_urlencoded.
//!
//! The module `wire::redirect` has the rules as a table.
#![no_main]

use genesys_token_core::time::Duration;
use genesys_token_core::wire::{ExchangeError, Field, ProtocolErrorKind, parse_redirect};
use genesys_token_fuzz::{form, number, token};
use libfuzzer_sys::fuzz_target;

const FIELDS: [Field; 7] = [
    Field::AccessToken,
    Field::TokenType,
    Field::ExpiresIn,
    Field::Scope,
    Field::State,
    Field::Error,
    Field::ErrorDescription,
];

fuzz_target!(|input: &[u8]| {
    let mut text = input.to_vec();
    let fragment = input.iter().position(|&byte| byte == b'#').map_or(input, |hash| &input[hash + 1..]);
    let parameters = form::pairs(fragment);
    match parse_redirect(&mut text) {
        Ok(token) => {
            let parameters: Option<Vec<_>> = parameters.into_iter().collect();
            let value = value_in(parameters.expect("every parameter is legal"));
            assert_eq!(token.access_token(), value(Field::AccessToken).expect("a token"));
            assert!(token::is_b64token(token.access_token()));
            assert!(value(Field::TokenType).expect("a type").eq_ignore_ascii_case("bearer"));
            let seconds = value(Field::ExpiresIn).map(|digits| number::digits(&digits).expect("digits"));
            assert_eq!(token.expires_in(), Duration::from_secs(seconds.unwrap_or(0)));
            assert_eq!(token.scope(), value(Field::Scope).as_deref());
            assert_eq!(token.state(), value(Field::State).as_deref());
            assert_eq!(value(Field::Error), None);
            let state = token.state().unwrap_or_default();
            assert!(token.has_state(state) && !token.has_state(&format!("{state}x")));
            let shown = format!("{token:?}");
            // A short token may be part of any word, and any token may occur in the scope, which is shown.
            let elsewhere = token.scope().is_some_and(|scope| scope.contains(token.access_token()));
            assert!(
                token.access_token().len() < 16 || elsewhere || !shown.contains(token.access_token()),
                "the token is shown"
            );
        }
        Err(ExchangeError::Refused(refusal)) => {
            let parameters: Option<Vec<_>> = parameters.into_iter().collect();
            let value = value_in(parameters.expect("every parameter is legal"));
            let error = value(Field::Error).expect("an error");
            token::check_refusal(&refusal, &error, value(Field::ErrorDescription).as_deref());
            assert_eq!(refusal.status(), 0);
            let error = token::kept_whole(&error, 64);
            assert_eq!(refusal.class(), token::class(0, Some(error), refusal.description()));
        }
        Err(ExchangeError::Protocol(error)) => {
            let whole = parameters.iter().all(Option::is_some);
            let parameters: Vec<_> = parameters.into_iter().flatten().collect();
            let count = |field: Field| parameters.iter().filter(|(name, _)| name == field.name()).count();
            let repeated: Vec<_> = FIELDS.into_iter().filter(|&field| count(field) > 1).collect();
            let value = value_in(parameters.clone());
            assert!(
                match error.kind {
                    ProtocolErrorKind::Syntax => !whole,
                    ProtocolErrorKind::Duplicate(field) => repeated.contains(&field),
                    _ if !whole || !repeated.is_empty() || value(Field::Error).is_some() => false,
                    ProtocolErrorKind::Missing(field) => value(field).is_none(),
                    ProtocolErrorKind::TokenType =>
                        value(Field::TokenType).is_some_and(|value| !value.eq_ignore_ascii_case("bearer")),
                    ProtocolErrorKind::Invalid(field) => value(field).is_some_and(|value| match field {
                        Field::AccessToken => !token::is_b64token(&value),
                        Field::ExpiresIn => number::digits(&value).is_none(),
                        Field::Scope => value.bytes().any(|byte| byte.is_ascii_control()),
                        _ => false,
                    }),
                    _ => false,
                },
                "{error:?} is not the fault"
            );
            assert!(error.offset <= input.len(), "an offset beyond the text");
        }
        Err(error) => panic!("unexpected error {error:?}"),
    }
    assert!(text.iter().all(|&byte| byte == 0), "the text was not wiped");
});

/// Returns a function for the first value of a field, unless it is empty.
fn value_in(parameters: Vec<(String, String)>) -> impl Fn(Field) -> Option<String> {
    move |field| {
        let (_, value) = parameters.iter().find(|(name, _)| name == field.name())?;
        (!value.is_empty()).then(|| value.clone())
    }
}
