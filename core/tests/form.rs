//! `application/x-www-form-urlencoded`: our writer and reader against each other and against `form_urlencoded`.

#![allow(clippy::unwrap_used, reason = "in helpers of tests too, a failing unwrap is a failing test")]

use genesys_token_core::text::CapacityError;
use genesys_token_core::wire::form::{self, Writer, pairs};
use genesys_token_core::wire::{ProtocolError, ProtocolErrorKind};
use proptest::char::range;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

type Owned = Vec<(String, String)>;

fn write(form: &Owned) -> Vec<u8> {
    let needed = form
        .iter()
        .map(|(name, value)| form::encoded_len(name) + form::encoded_len(value) + 2)
        .sum::<usize>();
    let mut buffer = vec![0xaa; needed];
    let mut writer = Writer::new(&mut buffer);
    for (name, value) in form {
        writer.pair(name, value);
    }
    let written = writer.finish().unwrap().to_vec();
    assert_eq!(written.len(), needed.saturating_sub(1), "lengths are exact");
    written
}

fn read(mut encoded: Vec<u8>) -> Result<Owned, ProtocolError> {
    pairs(&mut encoded).map(|pair| pair.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

fn theirs(form: &Owned) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// Text with many special bytes. Without regular expressions, which take Miri minutes to compile.
fn text() -> impl Strategy<Value = String> {
    let odd: Vec<char> = " +%&=#*._~/:é🔑\0-".chars().collect();
    prop_oneof![vec(any::<char>(), 0..20), vec(range(' ', '~'), 0..40), vec(select(odd), 0..40)]
        .prop_map(String::from_iter)
}

/// Text with escapes, most of them valid.
fn nearly_legal() -> impl Strategy<Value = String> {
    let plain: Vec<char> = "abcdefghijklmnopqrstuvwxyz%&=+~é".chars().collect();
    let digit = || select("0123456789abcdefABCDEF".chars().collect::<Vec<_>>());
    let escape = (digit(), digit()).prop_map(|(high, low)| format!("%{high}{low}"));
    vec(prop_oneof![select(plain).prop_map(String::from), escape], 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    // A case takes a thousand times as long in Miri.
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 2000 })
    })]

    #[test]
    fn writes_what_form_urlencoded_writes(form in vec((text(), text()), 0..6)) {
        prop_assert_eq!(String::from_utf8(write(&form)).unwrap(), theirs(&form));
    }

    #[test]
    fn reads_what_it_wrote(form in vec((text(), text()), 0..6)) {
        prop_assert_eq!(read(write(&form)).unwrap(), form);
    }

    #[test]
    fn reads_anything_like_form_urlencoded_or_not_at_all(encoded in vec(any::<u8>(), 0..60)) {
        if let Ok(form) = read(encoded.clone()) {
            let theirs: Owned = form_urlencoded::parse(&encoded).into_owned().collect();
            prop_assert_eq!(form, theirs);
        }
    }

    #[test]
    fn reads_nearly_legal_forms_like_form_urlencoded(encoded in nearly_legal()) {
        let theirs: Owned = form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
        match read(encoded.clone().into_bytes()) {
            Ok(form) => prop_assert_eq!(form, theirs),
            Err(error) => {
                prop_assert_eq!(error.kind, ProtocolErrorKind::Syntax);
                prop_assert!(error.offset < encoded.len());
                // Form data that we refuse and the other parser repairs: a stray `%`, or bytes that are not UTF-8.
                let repaired = theirs.iter().any(|(name, value)| {
                    [name, value].iter().any(|text| text.contains('\u{fffd}') || text.contains('%'))
                });
                prop_assert!(repaired);
            }
        }
    }

    #[test]
    fn all_or_nothing(form in vec((text(), text()), 1..4), cut in any::<prop::sample::Index>()) {
        let whole = write(&form);
        let capacity = cut.index(whole.len() + 2);
        let mut buffer = vec![0xaa; capacity];
        let mut writer = Writer::new(&mut buffer);
        for (name, value) in &form {
            writer.pair(name, value);
        }
        match writer.finish() {
            Ok(written) => {
                prop_assert!(capacity >= whole.len());
                prop_assert_eq!(written, whole);
            }
            Err(error) => {
                prop_assert_eq!(error, CapacityError { what: "form", needed: whole.len(), capacity });
                prop_assert!(capacity < whole.len());
                prop_assert!(buffer.iter().all(|&byte| byte == 0));
            }
        }
    }
}

#[test]
fn every_byte() {
    // All of them take seconds in Miri.
    for byte in (0..=0x7f_u8).step_by(if cfg!(miri) { 5 } else { 1 }) {
        let value = char::from(byte).to_string();
        let form = vec![("b".to_owned(), value.clone())];
        let expected = match byte {
            b' ' => "b=+".to_owned(),
            b'*' | b'-' | b'.' | b'_' => format!("b={value}"),
            byte if byte.is_ascii_alphanumeric() => format!("b={value}"),
            byte => format!("b=%{byte:02X}"),
        };
        assert_eq!(String::from_utf8(write(&form)).unwrap(), expected);
    }
}

/// Also where many bytes are tested at once.
#[test]
fn every_byte_at_every_place() {
    // All of them take minutes in Miri.
    let step = if cfg!(miri) { 31 } else { 1 };
    for byte in (0..=0x7f_u8).step_by(step) {
        for place in (0..70).step_by(step) {
            let mut value = vec![b'a'; 70];
            value[place] = byte;
            let form = vec![("n".to_owned(), String::from_utf8(value).unwrap())];
            assert_eq!(String::from_utf8(write(&form)).unwrap(), theirs(&form), "{byte:#04x} at {place}");
        }
    }
}

#[test]
fn shapes_of_pairs() {
    let form = |text: &str| read(text.as_bytes().to_vec()).unwrap();
    let owned = |pairs: &[(&str, &str)]| -> Owned {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    assert_eq!(form(""), owned(&[]));
    assert_eq!(form("&&"), owned(&[]));
    assert_eq!(form("a"), owned(&[("a", "")]));
    assert_eq!(form("=b"), owned(&[("", "b")]));
    assert_eq!(form("="), owned(&[("", "")]));
    assert_eq!(form("a=b=c&&d=%26%3d&e+f=%c3%A9"), owned(&[("a", "b=c"), ("d", "&="), ("e f", "é")]));
}

#[test]
fn invalid_forms_are_errors_at_their_offset() {
    for (text, offset) in [
        ("%", 0),
        ("a=%", 2),
        ("a=b&c%4", 5),
        ("a=b&c=%4", 6),
        ("a=%zz", 2),
        ("a=%+1", 2),
        ("a=%ff", 2),
        ("a=x%c3", 3),
        ("a=%ed%a0%80", 2),
    ] {
        let error = read(text.as_bytes().to_vec()).unwrap_err();
        assert_eq!(
            (error.kind, error.offset, error.status),
            (ProtocolErrorKind::Syntax, offset, 0),
            "{text}"
        );
    }
    // The pairs after it can still be read.
    let mut encoded = b"a=%&b=1".to_vec();
    let rest: Vec<_> = pairs(&mut encoded).filter_map(Result::ok).collect();
    assert_eq!(rest, [("b", "1")]);
}
