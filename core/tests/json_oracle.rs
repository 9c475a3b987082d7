//! Compares the scanner with `serde_json`, over generated and damaged texts.

#![allow(clippy::unwrap_used, reason = "in helpers of tests too, a failing unwrap is a failing test")]

use core::ops::Range;
use genesys_token_core::wire::{
    ExchangeError, ProtocolErrorKind as Kind, ResponseHead, check_json, parse_token_response,
};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

// In Miri the large ones take half a minute.
const DEEPEST: u32 = if cfg!(miri) { 2 } else { 6 };
const LONGEST: usize = if cfg!(miri) { 6 } else { 24 };

/// Text of these characters. Without regular expressions, which take Miri minutes to compile.
fn of(characters: &str, length: Range<usize>) -> impl Strategy<Value = String> + use<> {
    let characters: Vec<char> = characters.chars().collect();
    vec(select(characters), length).prop_map(String::from_iter)
}

fn space() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just(String::new()), 1 => of(" \t\r\n", 1..4)]
}

/// Returns a whole number without a sign.
fn whole() -> impl Strategy<Value = String> {
    prop_oneof![Just(0), 1..10_u32, 10..1_000_000_000_u32].prop_map(|number| number.to_string())
}

fn number() -> impl Strategy<Value = String> {
    let digits = "0123456789";
    let fraction = option::of(of(digits, 1..7)).prop_map(|digits| digits.map(|digits| format!(".{digits}")));
    let exponent = option::of((select(vec!["e", "E", "e+", "E+", "e-", "E-"]), of(digits, 1..3)))
        .prop_map(|parts| parts.map(|(sign, digits)| format!("{sign}{digits}")));
    (select(vec!["", "-"]), whole(), fraction, exponent).prop_map(|(sign, whole, fraction, exponent)| {
        format!("{sign}{whole}{}{}", fraction.unwrap_or_default(), exponent.unwrap_or_default())
    })
}

/// Returns a lifetime: a whole number in one of its spellings.
fn lifetime() -> impl Strategy<Value = String> {
    let exponent = select(vec!["", "e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9"]);
    (whole(), select(vec!["", ".0", ".00", ".000"]), exponent)
        .prop_map(|(whole, fraction, exponent)| format!("{whole}{fraction}{exponent}"))
}

/// Tokens of JSON, in any order.
fn near_json() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => of("[]{},:\"0123456789eE+.\\ -", 1..2),
        3 => select(vec!["true", "null", "\"a\""]).prop_map(str::to_owned),
        1 => of("0123456789abcdefD", 3..5).prop_map(|digits| format!("\\u{digits}")),
    ];
    vec(piece, 0..25).prop_map(|pieces| pieces.concat())
}

/// Returns a string in one of its spellings: the text, and its JSON.
fn string() -> impl Strategy<Value = (String, String)> {
    let character = prop_oneof![
        8 => select("abcdefghijklmnopqrstuvwxyz:_ ".chars().collect::<Vec<_>>()),
        2 => any::<char>(),
        1 => select(vec!['"', '\\', '/', '\u{8}', '\u{c}', '\n', '\r', '\t', '\0', '\u{7f}', 'é', '🔑']),
    ];
    vec((character, 0..6_u8), 0..LONGEST).prop_map(|characters| {
        let text: String = characters.iter().map(|(character, _)| character).collect();
        let inside: String =
            characters.iter().map(|&(character, spelling)| spell(character, spelling)).collect();
        (text, format!("\"{inside}\""))
    })
}

/// Returns a character as JSON; `spelling` 0 is an escape, 1 one in lower case, others are the shortest form.
fn spell(character: char, spelling: u8) -> String {
    let escape = |small: bool| {
        character.encode_utf16(&mut [0; 2]).iter().fold(String::new(), |text, unit| {
            text + &if small { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") }
        })
    };
    match (spelling, character) {
        (0 | 1, '/') => "\\/".into(),
        (0, _) => escape(false),
        (1, _) => escape(true),
        (_, '"') => "\\\"".into(),
        (_, '\\') => "\\\\".into(),
        (_, '\n') => "\\n".into(),
        (_, '\r') => "\\r".into(),
        (_, '\t') => "\\t".into(),
        (_, '\u{8}') => "\\b".into(),
        (_, '\u{c}') => "\\f".into(),
        (_, '\0'..='\u{1f}') => escape(true),
        _ => character.to_string(),
    }
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        number(),
        string().prop_map(|(_, json)| json),
    ];
    leaf.prop_recursive(DEEPEST, 60, 5, |inner| {
        let member = (string(), space(), space(), inner.clone())
            .prop_map(|((_, name), before, after, value)| format!("{name}{before}:{after}{value}"));
        let list = |item: BoxedStrategy<String>| {
            (vec((space(), item, space()), 0..5), space()).prop_map(|(items, empty)| {
                let items: Vec<String> =
                    items.into_iter().map(|(before, item, after)| before + &item + &after).collect();
                if items.is_empty() { empty } else { items.join(",") }
            })
        };
        prop_oneof![
            list(inner.boxed()).prop_map(|items| format!("[{items}]")),
            list(member.boxed()).prop_map(|members| format!("{{{members}}}")),
        ]
    })
}

#[derive(Clone, Debug)]
enum Damage {
    Cut(Index),
    Remove(Index, u8),
    Replace(Index, u8),
    Insert(Index, &'static [u8]),
    Repeat(Index, u8),
}

fn damage() -> impl Strategy<Value = Damage> {
    let fragments: Vec<&'static [u8]> = vec![
        b"\"",
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"0",
        b"-",
        b".",
        b"e",
        b"1e400",
        b"\\u",
        b"\\ud83d",
        b"\\udd11",
        b"null",
        b"\0",
        b"\n",
        b"\x1f",
        b"\x7f",
        b"\x80",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xef\xbb\xbf",
        b" ",
        b"\"a\":1,",
        b"{\"",
        b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    ];
    prop_oneof![
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), 1..4_u8).prop_map(|(at, length)| Damage::Remove(at, length)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        (any::<Index>(), select(fragments)).prop_map(|(at, text)| Damage::Insert(at, text)),
        (any::<Index>(), 1..20_u8).prop_map(|(at, length)| Damage::Repeat(at, length)),
    ]
}

fn damaged(text: &str, damages: &[Damage]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for damage in damages {
        let end = bytes.len() + 1;
        match *damage {
            Damage::Cut(at) => bytes.truncate(at.index(end)),
            Damage::Remove(at, length) => {
                let start = at.index(end);
                let stop = (start + usize::from(length)).min(bytes.len());
                bytes.drain(start..stop);
            }
            Damage::Replace(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            Damage::Replace(..) => {}
            Damage::Insert(at, text) => {
                let at = at.index(end);
                bytes.splice(at..at, text.iter().copied());
            }
            Damage::Repeat(at, length) => {
                let start = at.index(end);
                let stop = (start + usize::from(length)).min(bytes.len());
                let again = bytes[start..stop].to_vec();
                bytes.splice(start..start, again);
            }
        }
    }
    bytes
}

/// Both accept or both reject, except for our depth limit and for numbers beyond f64.
fn same_language(text: &[u8]) -> Result<(), TestCaseError> {
    let theirs = serde_json::from_slice::<Value>(text);
    match (check_json(text), theirs) {
        (Ok(read), Ok(_)) => prop_assert_eq!(read.as_bytes(), text),
        (Ok(_), Err(error)) => prop_assert!(error.to_string().contains("number out of range"), "{error}"),
        (Err(error), Ok(value)) => {
            prop_assert_eq!(error.kind, Kind::Depth);
            prop_assert!(depth(&value) > 32);
        }
        (Err(error), Err(theirs)) => {
            prop_assert!(error.offset <= text.len());
            if matches!(error.kind, Kind::Incomplete | Kind::Empty) {
                prop_assert_eq!(error.offset, text.len());
                prop_assert!(theirs.is_eof() || theirs.to_string().contains("out of range"), "{theirs}");
            }
        }
    }
    Ok(())
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn cases(cases: u32) -> ProptestConfig {
    // A case takes a thousand times as long in Miri.
    let cases = if cfg!(miri) { 1 } else { cases };
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn generated_texts_are_accepted(text in json()) {
        prop_assert_eq!(check_json(text.as_bytes()).unwrap(), &text);
        serde_json::from_str::<Value>(&text).unwrap();
    }

    #[test]
    fn damaged_texts_are_judged_alike(text in json(), damages in vec(damage(), 1..4)) {
        same_language(&damaged(&text, &damages))?;
    }

    #[test]
    fn any_bytes_are_judged_alike(bytes in vec(any::<u8>(), 0..40)) {
        same_language(&bytes)?;
    }

    #[test]
    fn near_json_is_judged_alike(text in near_json()) {
        same_language(text.as_bytes())?;
    }

    #[test]
    fn decoded_values_are_the_same(
        scope in string(),
        others in vec((string(), json()), 0..4),
        place in any::<Index>(),
        digits in lifetime(),
    ) {
        let mut members: Vec<String> = others
            .iter()
            .map(|((name, spelt), value)| format!("{}:{value}", if is_used(name) { "\"x\"" } else { spelt }))
            .collect();
        members.insert(place.index(members.len() + 1), r#""access_token":"a.b""#.to_owned());
        members.insert(place.index(members.len() + 1), format!("\"scope\":{}", scope.1));
        members.insert(place.index(members.len() + 1), format!("\"expires_in\":{digits},\"token_type\":\"Bearer\""));
        let text = format!("{{{}}}", members.join(","));
        let theirs: Value = serde_json::from_str(&text).unwrap();
        let mut body = text.clone().into_bytes();
        match parse_token_response(&ResponseHead::new(200), &mut body) {
            Ok(response) => {
                prop_assert_eq!(response.access_token(), theirs["access_token"].as_str().unwrap());
                prop_assert_eq!(response.scope().unwrap_or(""), theirs["scope"].as_str().unwrap());
                // Exact: below 2^53.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and small numbers only")]
                let seconds = theirs["expires_in"].as_f64().unwrap() as u64;
                prop_assert_eq!(response.expires_in().as_secs(), seconds.min(38_880_000));
                prop_assert!(!scope.0.contains(|character: char| character.is_ascii_control()));
            }
            Err(ExchangeError::Protocol(_)) => {
                prop_assert!(scope.0.contains(|character: char| character.is_ascii_control()), "{}", text);
            }
            Err(error) => prop_assert!(false, "{}: {}", error, text),
        }
    }

    #[test]
    fn lists_of_scopes_are_joined(scopes in vec((string(), space(), space()), 0..6)) {
        let items: Vec<String> = scopes.iter().map(|((_, json), before, after)| format!("{before}{json}{after}")).collect();
        let expected: Vec<&str> = scopes.iter().map(|((text, _), ..)| text.as_str()).filter(|text| !text.is_empty()).collect();
        let expected = expected.join(" ");
        let text = format!(r#"{{"access_token":"t","scope":[{}],"token_type":"bearer"}}"#, items.join(","));
        let mut body = text.into_bytes();
        match parse_token_response(&ResponseHead::new(200), &mut body) {
            Ok(response) => prop_assert_eq!(response.scope().unwrap_or(""), expected),
            Err(_) => prop_assert!(expected.contains(|character: char| character.is_ascii_control())),
        }
    }

    #[test]
    fn a_damaged_response_is_a_token_only_if_serde_json_reads_the_same(damages in vec(damage(), 1..4)) {
        let text = r#"{"access_token":"abc-DEF_123","token_type":"bearer","expires_in":86399,"scope":"a \u0062","x":{"y":[1,"\/"]}}"#;
        let bytes = damaged(text, &damages);
        let mut body = bytes.clone();
        if let Ok(response) = parse_token_response(&ResponseHead::new(200), &mut body) {
            if let Ok(theirs) = serde_json::from_slice::<Value>(&bytes) {
                prop_assert_eq!(response.access_token(), theirs["access_token"].as_str().unwrap());
                prop_assert_eq!(response.token_type(), theirs["token_type"].as_str().unwrap());
                if let Some(scope) = theirs["scope"].as_str() {
                    prop_assert_eq!(response.scope().unwrap_or(""), scope);
                }
            } else {
                same_language(&bytes)?;
            }
        }
    }
}

proptest! {
    // As many parses as the body has bytes, for each case.
    #![proptest_config(cases(200))]

    #[test]
    fn no_prefix_of_a_response_is_a_token(value in json(), (_, name) in string()) {
        let name = if is_used(&serde_json::from_str::<String>(&name).unwrap()) { "\"x\"".to_owned() } else { name };
        let text = format!(r#" {{"access_token":"t","token_type":"bearer",{name}:{value},"expires_in":1.5e1}}"#);
        for length in 0..text.len() {
            let mut prefix = text.as_bytes()[..length].to_vec();
            match parse_token_response(&ResponseHead::new(200), &mut prefix) {
                Err(ExchangeError::Protocol(error)) => {
                    let expected = if length <= 1 { Kind::Empty } else { Kind::Incomplete };
                    prop_assert_eq!(error.kind, expected, "{} of {}", length, &text);
                    prop_assert_eq!(error.offset, length);
                }
                other => prop_assert!(false, "{} of {}: {:?}", length, &text, other),
            }
        }
        let mut whole = text.into_bytes();
        prop_assert!(parse_token_response(&ResponseHead::new(200), &mut whole).is_ok());
    }
}

/// Returns the names of the used members of a token response.
fn is_used(name: &str) -> bool {
    ["access_token", "token_type", "expires_in", "refresh_token", "scope", "error"].contains(&name)
}

/// Decoders for small devices can read bodies that the scan has accepted.
#[test]
fn serde_json_core_reads_checked_bodies() {
    #[derive(serde::Deserialize)]
    struct Me<'a> {
        name: &'a str,
        id: u32,
    }
    let text = check_json(br#"{"id":7,"ignored":[{"deep":[1,2,3]}],"name":"lamp"}"#).unwrap();
    let (me, length) = serde_json_core::from_str::<Me<'_>>(text).unwrap();
    assert_eq!((me.name, me.id, length), ("lamp", 7, text.len()));
    for refused in [r#"{"id":07}"#, r#"{"id":7,"x":garbage}"#, "{\"id\":7,\"x\":\"\u{1}\"}", r#"{"x":"\q"}"#]
    {
        assert!(check_json(refused.as_bytes()).is_err(), "{refused}");
    }
}
