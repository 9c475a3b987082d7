//! The table of `data/json_conformance.txt`, also as the value of an unused member.

#![allow(clippy::unwrap_used, reason = "in helpers of tests too, a failing unwrap is a failing test")]

use genesys_token_core::wire::{
    ExchangeError, ProtocolErrorKind as Kind, ResponseHead, check_json, parse_token_response,
};

struct Case {
    expectation: &'static str,
    name: &'static str,
    text: Vec<u8>,
}

fn cases() -> Vec<Case> {
    include_str!("data/json_conformance.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        // All of them take minutes in Miri.
        .step_by(if cfg!(miri) { 4 } else { 1 })
        .map(|line| {
            let (expectation, rest) = line.split_once(char::is_whitespace).unwrap();
            let (name, text) = rest.trim_start().split_once(char::is_whitespace).unwrap();
            Case { expectation, name, text: unescape(text.trim_start()) }
        })
        .collect()
}

/// `\xHH`, `\\`, `\N*HH`, `\e`
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        bytes.extend(before.as_bytes());
        let hexadecimal = |digits: &str| u8::from_str_radix(&digits[..2], 16).unwrap();
        rest = if let Some(digits) = escape.strip_prefix('x') {
            bytes.push(hexadecimal(digits));
            &digits[2..]
        } else if let Some(rest) = escape.strip_prefix('\\') {
            bytes.push(b'\\');
            rest
        } else if let Some(rest) = escape.strip_prefix('e') {
            rest
        } else {
            let (count, digits) = escape.split_once('*').unwrap();
            let count = count.parse().unwrap();
            bytes.resize(bytes.len() + if cfg!(miri) { 500.min(count) } else { count }, hexadecimal(digits));
            &digits[2..]
        };
    }
    bytes.extend(rest.as_bytes());
    bytes
}

fn outcome(kind: Kind) -> &'static str {
    match kind {
        Kind::Syntax => "syntax",
        Kind::Incomplete => "incomplete",
        Kind::Empty => "empty",
        Kind::Depth => "depth",
        _ => "something else",
    }
}

#[test]
fn every_case() {
    let cases = cases();
    for case in &cases {
        let outcome = check_json(&case.text).map_or_else(|error| outcome(error.kind), |_| "accept");
        assert_eq!(outcome, case.expectation, "{}", case.name);
    }
    let count = |expectation| cases.iter().filter(|case| case.expectation == expectation).count();
    assert!(
        cfg!(miri) || count("accept") >= 60 && count("syntax") >= 120 && count("incomplete") >= 25,
        "the table was read"
    );
}

#[test]
fn every_case_as_an_unused_member() {
    for case in cases() {
        let before = br#"{"access_token":"t","x":"#;
        let after = br#","token_type":"bearer"}"#;
        let mut body = [before.as_slice(), &case.text, after].concat();
        let token = match parse_token_response(&ResponseHead::new(200), &mut body) {
            Ok(_) => true,
            Err(ExchangeError::Protocol(_)) => false,
            Err(error) => panic!("{}: {error}", case.name),
        };
        // One level is the object's own; and the text that follows may complete a string or a missing value.
        let deep =
            matches!(case.name, "depth-of-32-arrays" | "depth-of-31-in-an-object" | "depth-many-siblings");
        assert_eq!(token, case.expectation == "accept" && !deep, "{}", case.name);
    }
}

/// Another parser agrees with the table. Not in Miri, which has nothing to check there.
#[cfg(not(miri))]
#[test]
fn serde_json_agrees_with_the_table() {
    for case in cases() {
        let theirs = serde_json::from_slice::<serde_json::Value>(&case.text);
        match case.name {
            // It rejects numbers beyond f64, and has another depth limit.
            "number-huge" => assert!(theirs.is_err()),
            "depth-of-33-arrays" | "depth-of-32-in-an-object" => assert!(theirs.is_ok()),
            name => assert_eq!(theirs.is_ok(), case.expectation == "accept", "{name}"),
        }
    }
}
