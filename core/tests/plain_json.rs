//! JSON without escapes, with the decoder that needs it: what it reads is what `serde_json` reads of the original text.

use core::fmt::Write as _;

use genesys_token_core::wire::{ProtocolErrorKind, check_json, plain_json};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Deserialize;

/// Reads a body as the device client does: the escapes that stay are decoded into the memory behind the text.
fn read<T: for<'d> Deserialize<'d>>(body: &str, spare: usize) -> Result<T, serde_json_core::de::Error> {
    let mut buffer = body.as_bytes().to_vec();
    buffer.resize(body.len() + spare, 0);
    let json = plain_json(&mut buffer, body.len()).expect("valid");
    serde_json_core::from_slice_escaped(json.text, json.free).map(|(value, _)| value)
}

fn plain(body: &str) -> (String, usize) {
    let mut buffer = body.as_bytes().to_vec();
    let json = plain_json(&mut buffer, body.len()).expect("valid");
    (core::str::from_utf8(json.text).expect("UTF-8").to_owned(), json.longest_escaped)
}

#[test]
fn escapes_become_characters_except_of_quotation_mark_and_backslash() {
    for (body, expected, longest) in [
        (r#"{ "a" : [ 1 , -2.5e3 ] , "b" : null }"#, r#"{"a":[1,-2.5e3],"b":null}"#, 0),
        (r#""gr\u00fc\u00dfe \/ \uD83D\ude00""#, "\"grüße / 😀\"", 0),
        (r#""\b\f\n\r\t\u0000""#, "\"\u{8}\u{c}\n\r\t\u{0}\"", 0),
        (r#"["say \u0022hi\"", "\\", "\u005c\u005C"]"#, r#"["say \"hi\"","\\","\\\\"]"#, 8),
        (r#"{"n\u0061me":"\"x\"", "long\\":"yy"}"#, r#"{"name":"\"x\"","long\\":"yy"}"#, 5),
        ("  17\n", "17", 0),
    ] {
        assert_eq!(plain(body), (expected.to_owned(), longest), "{body}");
    }
}

#[test]
fn faults_are_those_of_check_json_and_change_nothing() {
    for body in ["", "{", r#"{"a":}"#, r#""\ud800""#, "\"\u{1}\"", r#"{"a":1} x"#, &"[".repeat(40)] {
        let expected = check_json(body.as_bytes()).expect_err("not valid");
        let mut buffer = body.as_bytes().to_vec();
        assert_eq!(plain_json(&mut buffer, body.len()).expect_err("not valid"), expected);
        assert_eq!(buffer, body.as_bytes());
    }
    let error = plain_json(&mut [b'1'], 2).expect_err("the buffer has one byte");
    assert_eq!((error.kind, error.offset), (ProtocolErrorKind::Incomplete, 1));
}

#[derive(Debug, PartialEq, Deserialize)]
struct Named {
    name: char,
    count: u8,
}

/// Each of these is an error in serde-json-core 0.7 alone, in its mode without or in that with memory for escapes.
#[test]
fn decoder_has_none_of_its_faults() {
    let expected = Named { name: 'ü', count: 7 };
    let long = r"\u00e9".repeat(200);
    for body in [
        r#"{"name":"\u00fc","count":7}"#.to_owned(),
        // Names with escapes are the same names (RFC 8259 section 8.3).
        r#"{"n\u0061me":"ü","co\u0075nt":7}"#.to_owned(),
        // Surrogate pairs, in members that are not used.
        r#"{"other":"\ud83d\ude00","name":"ü","count":7}"#.to_owned(),
        // Long strings with escapes, in members that are not used.
        format!(r#"{{"other":"{long}","name":"ü","count":7}}"#),
    ] {
        assert_eq!(read::<Named>(&body, 0), Ok(Named { ..expected }), "{body}");
        let alone = serde_json_core::from_str::<Named>(&body);
        let with_memory = serde_json_core::from_str_escaped::<Named>(&body, &mut [0; 64]);
        assert!(alone.is_err() || with_memory.is_err(), "{body}");
    }
}

/// What the crate does today. When this fails, some of the preparation may be superfluous.
#[test]
fn decoder_alone_leaves_escapes_in_text() {
    let (text, _) = serde_json_core::from_str::<&str>(r#""gr\u00fc\u00dfe""#).expect("a text");
    assert_eq!(text, r"gr\u00fc\u00dfe");
    let mut memory = [0; 64];
    let pair = serde_json_core::from_str_escaped::<char>(r#""\ud83d\ude00""#, &mut memory);
    assert_eq!(pair, Err(serde_json_core::de::Error::InvalidEscapeSequence));
    let short =
        serde_json_core::from_str_escaped::<serde::de::IgnoredAny>(r#"["\u00fc\u00fc\u00fc"]"#, &mut [0; 2]);
    assert!(matches!(short, Err(serde_json_core::de::Error::EscapedStringIsTooLong)));
}

/// A `&str` cannot be a part of the text if an escape stays: it is an error, not a wrong value.
#[test]
fn borrowed_text_is_right_or_an_error() {
    let read = |body: &str| {
        let mut buffer = body.as_bytes().to_vec();
        buffer.resize(body.len() + 64, 0);
        let json = plain_json(&mut buffer, body.len()).expect("valid");
        let text = serde_json_core::from_slice_escaped::<&str>(json.text, json.free);
        text.map(|(text, _)| text.to_owned()).ok()
    };
    assert_eq!(read(r#""gr\u00fc\u00dfe\n\ud83d\ude00""#).as_deref(), Some("grüße\n😀"));
    assert_eq!(read(r#""a \"quoted\" word""#), None);
}

/// Spells a text as a JSON string, each character as itself or as an escape.
fn spelled(text: &str, escaped: &[bool]) -> String {
    let mut spelled = String::from('"');
    for (character, escape) in text.chars().zip(escaped.iter().chain(core::iter::repeat(&false))) {
        if *escape || matches!(character, '"' | '\\' | '\0'..='\u{1f}') {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(spelled, "\\u{unit:04x}");
            }
        } else {
            spelled.push(character);
        }
    }
    spelled.push('"');
    spelled
}

/// Miri has no working directory for a file of failures, and a case takes a thousand times as long in it.
fn config() -> ProptestConfig {
    let cases = if cfg!(miri) { 4 } else { 1000 };
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(config())]

    /// Text and length of the longest string with an escape are right for every text and spelling; so the memory named is enough.
    #[test]
    fn every_text_survives(text in any::<String>(), escaped in vec(any::<bool>(), 0..40)) {
        let body = spelled(&text, &escaped);
        let (plain, longest) = plain(&body);
        let has_delimiter = text.contains(['"', '\\']);
        prop_assert_eq!(longest, if has_delimiter { text.len() } else { 0 });
        let inner = plain.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).expect("a string");
        let mut decoded = String::new();
        let mut characters = inner.chars();
        while let Some(character) = characters.next() {
            decoded.push(if character == '\\' { characters.next().expect("an escape") } else { character });
        }
        prop_assert_eq!(decoded, text);
    }
}
