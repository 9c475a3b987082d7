//! Every rule of the table in `wire::response`.

#![allow(clippy::unwrap_used, reason = "in helpers of tests too, a failing unwrap is a failing test")]

use genesys_token_core::time::Duration;
use genesys_token_core::wire::{
    ExchangeError, Field, ProtocolError, ProtocolErrorKind as Kind, RefusalClass, ResponseHead,
    parse_token_response,
};

#[derive(Debug, PartialEq)]
struct Read {
    access_token: String,
    token_type: String,
    expires_in: Duration,
    has_expires_in: bool,
    scope: Option<String>,
    refresh_token: Option<String>,
}

fn parse(body: &str) -> Result<Read, ProtocolError> {
    let mut body = body.as_bytes().to_vec();
    match parse_token_response(&ResponseHead::new(200), &mut body) {
        Ok(response) if response.access_token_bytes() != response.access_token().as_bytes() => {
            panic!("the token's bytes are not its text")
        }
        Ok(response) => Ok(Read {
            access_token: response.access_token().to_owned(),
            token_type: response.token_type().to_owned(),
            expires_in: response.expires_in(),
            has_expires_in: response.has_expires_in(),
            scope: response.scope().map(str::to_owned),
            refresh_token: response.refresh_token().map(str::to_owned),
        }),
        Err(ExchangeError::Protocol(error)) => {
            assert_eq!(error.status, 200);
            Err(error)
        }
        Err(error) => panic!("a refusal: {error}"),
    }
}

fn kind(body: &str) -> Kind {
    match parse(body) {
        Ok(read) => panic!("{body} gave {read:?}"),
        Err(error) => error.kind,
    }
}

/// Returns a response with one more member, or with one of its own replaced.
fn with(member: &str) -> String {
    let name = member.split(':').next().unwrap();
    let usual = [r#""access_token":"abc""#, r#""token_type":"bearer""#];
    let members: Vec<&str> = usual.into_iter().filter(|own| !own.starts_with(name)).chain([member]).collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn the_usual_answer() {
    let read = parse(r#"{"access_token":"DCl7-_jJ","token_type":"bearer","expires_in":86399}"#).unwrap();
    let expected = Read {
        access_token: "DCl7-_jJ".into(),
        token_type: "bearer".into(),
        expires_in: Duration::from_secs(86_399),
        has_expires_in: true,
        scope: None,
        refresh_token: None,
    };
    assert_eq!(read, expected);
}

#[test]
fn the_bodies_to_measure_with() {
    let small = parse(include_str!("../benches/data/small.json")).unwrap();
    assert_eq!((small.access_token.len(), small.expires_in.as_secs()), (86, 86_399));
    let jwt = parse(include_str!("../benches/data/jwt.json")).unwrap();
    assert_eq!(jwt.access_token.split('.').count(), 3);
    assert_eq!(jwt.scope.as_deref(), Some("routing:readonly analytics:readonly"));
    let big = parse(include_str!("../benches/data/big.json")).unwrap();
    assert_eq!((big.access_token.len(), big.expires_in.as_secs()), (1600, 86_399));
    let scope = big.scope.unwrap();
    assert!(scope.contains("workforce-management:edit ") && scope.contains(" oauth:edit "));
}

#[test]
fn white_space_and_order_do_not_matter() {
    let read =
        parse("\t{ \"expires_in\" :\r\n1 , \"token_type\":\"Bearer\",\"access_token\" : \"t\" }\n \r\n\t")
            .unwrap();
    assert_eq!((read.access_token.as_str(), read.expires_in), ("t", Duration::from_secs(1)));
}

#[test]
fn escapes_are_decoded_in_names_and_values() {
    let read = parse(
        r#"{"\u0061ccess\u005Ftoken":"a\u002fb\/c\u002E","token\u005ftype":"\u0062EARER",
            "scope":"\"\\\/ \u00e9\ud83d\uDD11 z","refresh_token":"\"\\\/\u0041","expires_in":"\u0034\u0032"}"#,
    )
    .unwrap();
    assert_eq!(read.access_token, "a/b/c.");
    assert_eq!(read.token_type, "bEARER");
    assert_eq!(read.scope.as_deref(), Some("\"\\/ é🔑 z"));
    assert_eq!(read.refresh_token.as_deref(), Some("\"\\/A"));
    assert_eq!(read.expires_in, Duration::from_secs(42));
}

#[test]
fn token_type_is_compared_in_any_case() {
    for spelling in ["bearer", "Bearer", "BEARER", "bEaReR"] {
        assert_eq!(parse(&with(&format!(r#""token_type":"{spelling}""#))).unwrap().token_type, spelling);
    }
    for other in [r#""mac""#, r#""bearer ""#, r#""bear""#, r#""beararer""#, r#""bearer\u0000""#, r#""DPoP""#]
    {
        assert_eq!(kind(&with(&format!(r#""token_type":{other}"#))), Kind::TokenType, "{other}");
    }
}

#[test]
fn null_is_absent() {
    assert_eq!(kind(&with(r#""access_token":null"#)), Kind::Missing(Field::AccessToken));
    assert_eq!(kind(&with(r#""token_type":null"#)), Kind::Missing(Field::TokenType));
    let body = r#"{"access_token":"t","token_type":"bearer","expires_in":null,"scope":null,"refresh_token":null,"error":null}"#;
    let read = parse(body).unwrap();
    assert_eq!((read.expires_in, read.has_expires_in), (Duration::ZERO, false));
    assert_eq!((read.scope, read.refresh_token), (None, None));
}

#[test]
fn missing_members_are_named() {
    assert_eq!(kind("{}"), Kind::Missing(Field::AccessToken));
    assert_eq!(kind(r#"{"access_token":"t"}"#), Kind::Missing(Field::TokenType));
    assert_eq!(kind(r#"{"token_type":"bearer"}"#), Kind::Missing(Field::AccessToken));
    // Only the outermost object counts.
    assert_eq!(
        kind(r#"{"data":{"access_token":"t","token_type":"bearer"}}"#),
        Kind::Missing(Field::AccessToken)
    );
    assert_eq!(kind(r#"[{"access_token":"t","token_type":"bearer"}]"#), Kind::NotAnObject);
}

#[test]
fn wrong_types_are_named() {
    for value in ["1", "true", "false", r#"["t"]"#, "{}", "[]", r#""""#] {
        let kind_with = |name: &str| kind(&with(&format!(r#""{name}":{value}"#)));
        assert_eq!(kind_with("access_token"), Kind::Invalid(Field::AccessToken), "{value}");
        let token_type = if value == r#""""# { Kind::TokenType } else { Kind::Invalid(Field::TokenType) };
        assert_eq!(kind_with("token_type"), token_type, "{value}");
        assert_eq!(kind_with("error"), Kind::Invalid(Field::Error), "{value}");
    }
    for value in ["1", "true", r#"["t"]"#, "{}", r#""a\u007f""#, r#""a\n""#, r#""é""#] {
        let body = with(&format!(r#""refresh_token":{value}"#));
        assert_eq!(kind(&body), Kind::Invalid(Field::RefreshToken), "{value}");
    }
    for value in
        ["1", "true", "{}", "[1]", "[null]", r#"["a",["b"]]"#, r#"["a",{}]"#, r#""a\nb""#, r#"["a\u0000"]"#]
    {
        assert_eq!(kind(&with(&format!(r#""scope":{value}"#))), Kind::Invalid(Field::Scope), "{value}");
    }
}

#[test]
fn access_tokens_are_b64token() {
    // In Miri the longest takes seconds, and so do the others together.
    let (long, step) = if cfg!(miri) { (500, 4) } else { (5000, 1) };
    for token in ["a", "Az09-._~+/", "abc=", "abc==", "a=======", &"x".repeat(long)] {
        assert_eq!(parse(&with(&format!(r#""access_token":"{token}""#))).unwrap().access_token, token);
    }
    let illegal = [
        "=",
        "==",
        "a=b",
        "=a",
        "a b",
        " a",
        "a ",
        "a,b",
        "a;",
        "a:b",
        "a\\\"",
        "a\\\\",
        "a\\r\\nX: y",
        "a\\u0000",
        "é",
        "a\\u00e9",
        "**",
        "a*",
        "a{",
        "a@",
        "a[",
        "a`",
        "a%20",
        "a\\u007f",
    ];
    for token in illegal.into_iter().step_by(step) {
        // At any position, also after bytes that are scanned many at a time.
        for before in ["", "abcdefgh", &"0123456789-_".repeat(9)] {
            let body = with(&format!(r#""access_token":"{before}{token}""#));
            let legal_here = !before.is_empty() && (token == "=" || token == "==");
            if legal_here {
                assert_eq!(parse(&body).unwrap().access_token, format!("{before}{token}"));
            } else {
                assert_eq!(kind(&body), Kind::Invalid(Field::AccessToken), "{token} behind {before}");
            }
        }
    }
}

#[test]
fn every_byte_of_a_token_is_judged_at_every_place() {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    // All of them take minutes in Miri.
    let step = if cfg!(miri) { 13 } else { 1 };
    for byte in (0x20..0x80_u8).step_by(step) {
        for place in (0..40).step_by(step) {
            let mut token = vec![b'a'; 41];
            token[place] = byte;
            let token = String::from_utf8(token).unwrap();
            let json = serde_json::to_string(&token).unwrap();
            let read = parse(&with(&format!(r#""access_token":{json}"#)));
            let expected = legal(byte);
            assert_eq!(read.is_ok(), expected, "{byte:#04x} at {place}");
            assert!(read.is_err() || read.unwrap().access_token == token);
        }
    }
}

#[test]
fn lifetimes_in_every_spelling() {
    let cases = [
        ("86399", 86_399),
        ("86399.0", 86_399),
        ("86399.000", 86_399),
        ("8.6399e4", 86_399),
        ("8.6399E+4", 86_399),
        ("863990e-1", 86_399),
        ("863990000.00e-0004", 86_399),
        ("0.00086399e8", 86_399),
        ("1e0", 1),
        ("12e1", 120),
        (r#""86399""#, 86_399),
        (r#""0086399""#, 86_399),
        ("0", 0),
        ("0.0", 0),
        ("0e99999999999999999999", 0),
        (r#""0""#, 0),
        ("38880000", 38_880_000),
        ("38880001", 38_880_000),
        ("4294967295", 38_880_000),
        ("4294967296", 38_880_000),
        ("18446744073709551616", 38_880_000),
        ("1e99999999999999999999", 38_880_000),
        (r#""99999999999999999999999999""#, 38_880_000),
        ("100000000000000000000000000000e-27", 100),
    ];
    for (text, seconds) in cases {
        let read = parse(&with(&format!(r#""expires_in":{text}"#))).unwrap();
        assert_eq!(read.expires_in, Duration::from_secs(seconds), "{text}");
        assert!(read.has_expires_in);
    }
    let absent = parse(&with(r#""x":1"#)).unwrap();
    assert_eq!((absent.expires_in, absent.has_expires_in), (Duration::ZERO, false));
}

#[test]
fn lifetimes_that_are_none() {
    let cases = [
        "-1",
        "-0",
        "-0.0",
        "0.5",
        "86399.5",
        "86399.0000000001",
        "1e-1",
        "1e-99999999999999999999",
        "863991e-1",
        r#""""#,
        r#"" 1""#,
        r#""1 ""#,
        r#""-1""#,
        r#""+1""#,
        r#""1.0""#,
        r#""1e3""#,
        r#""0x10""#,
        r#""eternal""#,
        r#""１""#,
        "true",
        "false",
        "[]",
        "[3600]",
        "{}",
    ];
    for text in cases {
        let body = with(&format!(r#""expires_in":{text}"#));
        assert_eq!(kind(&body), Kind::Invalid(Field::ExpiresIn), "{text}");
    }
}

#[test]
fn scopes_as_text_or_list() {
    let cases = [
        (r#""a b""#, Some("a b")),
        (r#""""#, None),
        ("[]", None),
        ("[ ]", None),
        (r#"["",""]"#, None),
        (r#"["a"]"#, Some("a")),
        (r#"["a","b"]"#, Some("a b")),
        ("[ \"a\" ,\n\t\"b:c\"\r, \"d\" ]", Some("a b:c d")),
        (r#"["","a","","b",""]"#, Some("a b")),
        (r#"["\u0061","\u00e9\/","\ud83d\udd11"]"#, Some("a é/ 🔑")),
        (r#"["a b","c"]"#, Some("a b c")),
        (r#"["[","]",",","\""]"#, Some("[ ] , \"")),
    ];
    for (text, scope) in cases {
        assert_eq!(parse(&with(&format!(r#""scope":{text}"#))).unwrap().scope.as_deref(), scope, "{text}");
    }
}

#[test]
fn refresh_tokens() {
    assert_eq!(parse(&with(r#""refresh_token":"""#)).unwrap().refresh_token, None);
    let read = parse(&with(r#""refresh_token":"a b*{}~!""#)).unwrap();
    assert_eq!(read.refresh_token.as_deref(), Some("a b*{}~!"));
}

#[test]
fn members_that_are_used_stand_there_once() {
    let fields = [
        ("access_token", Field::AccessToken),
        ("token_type", Field::TokenType),
        ("expires_in", Field::ExpiresIn),
        ("refresh_token", Field::RefreshToken),
        ("scope", Field::Scope),
        ("error", Field::Error),
    ];
    for (name, field) in fields {
        for (first, second) in [("null", "null"), (r#""1""#, r#""1""#), ("null", r#""1""#), (r#""1""#, "{}")]
        {
            let body = format!(r#"{{"{name}":{first},"x":1,"{name}":{second}}}"#);
            assert_eq!(kind(&body), Kind::Duplicate(field), "{body}");
        }
        // Written with an escape, it is the same name.
        let escaped = format!(r#"{{"{name}":null,"\u00{:02x}{}":null}}"#, name.as_bytes()[0], &name[1..]);
        assert_eq!(kind(&escaped), Kind::Duplicate(field), "{escaped}");
    }
    let read = parse(&with(
        r#""x":1,"x":2,"y":{"scope":1,"scope":2,"access_token":"no"},"description":1,"description":2"#,
    ));
    assert_eq!(read.unwrap().access_token, "abc");
}

#[test]
fn names_are_compared_to_the_letter() {
    for name in
        ["Access_Token", "access_token ", "access-token", "access_toke", "access_tokens", "ACCESS_TOKEN"]
    {
        let body = format!(r#"{{"{name}":"t","token_type":"bearer"}}"#);
        assert_eq!(kind(&body), Kind::Missing(Field::AccessToken), "{name}");
    }
    // A member with almost any name is unused, so it may be of any type and occur twice.
    for name in ["access_token", "token_type", "expires_in", "refresh_token", "scope", "error"] {
        // All of them take many seconds in Miri.
        for place in (0..name.len()).step_by(if cfg!(miri) { 4 } else { 1 }) {
            let mut other = name.as_bytes().to_vec();
            other[place] ^= 1;
            let other = String::from_utf8(other).unwrap();
            let body = with(&format!(r#""{other}":{{}},"{other}":[]"#));
            assert_eq!(parse(&body).map(|read| read.access_token), Ok("abc".to_owned()), "{other}");
        }
    }
}

#[test]
fn bodies_that_are_no_object() {
    for body in ["[]", "1", "-0.5", "null", "true", r#""access_token""#, r#"[{"error":"invalid_client"}]"#] {
        assert_eq!(kind(body), Kind::NotAnObject, "{body}");
    }
    for body in ["", " ", "\n\t\r "] {
        assert_eq!(kind(body), Kind::Empty, "{body:?}");
    }
    for body in ["<html>", "\u{feff}{}", "{}{}", "{},", "access_token=t", "\0", "{\"a\":1}x"] {
        assert_eq!(kind(body), Kind::Syntax, "{body:?}");
    }
}

#[test]
fn offsets_point_at_the_fault() {
    let offset = |body: &str| parse(body).unwrap_err().offset;
    assert_eq!(offset(r#"{"a":tru}"#), 8);
    assert_eq!(offset(r#"{"a":01}"#), 6);
    assert_eq!(offset(r#"{"a":"x"#), 7);
    assert_eq!(offset(r#"{"scope":1,"scope":2}"#), 12);
    assert_eq!(offset(r#"{"access_token":"a b","token_type":"bearer"}"#), 17);
    assert_eq!(offset("{}"), 2);
}

#[test]
fn of_two_faults_the_earlier_one_is_reported() {
    for (body, kind, offset) in [
        (&b"{\"\xc3\xa9\":\"\xff\",}"[..], Kind::Syntax, 7),
        (b"{\"\xc3\xa9\":1,,\"\xff\":1}", Kind::Syntax, 8),
        (b"{\"\xff\":[", Kind::Syntax, 2),
        (b"{\"a\":[,\"\xc3", Kind::Syntax, 6),
        (b"{\"a\":[\"\xc3", Kind::Incomplete, 8),
    ] {
        match parse_token_response(&ResponseHead::new(200), &mut body.to_vec()) {
            Err(ExchangeError::Protocol(error)) => {
                assert_eq!((error.kind, error.offset), (kind, offset), "{body:?}");
            }
            other => panic!("{body:?}: {other:?}"),
        }
    }
}

#[test]
fn an_error_beside_a_token_is_a_refusal() {
    let body = r#"{"access_token":"t","token_type":"bearer","error":"invalid_client"}"#;
    for status in [200, 201, 400, 500] {
        let mut body = body.as_bytes().to_vec();
        let refused = parse_token_response(&ResponseHead::new(status), &mut body);
        let Err(ExchangeError::Refused(refusal)) = refused else {
            panic!("status {status}");
        };
        assert_eq!((refusal.status(), refusal.code()), (status, "invalid_client"));
        let class = if status == 500 { RefusalClass::Unavailable } else { RefusalClass::Credentials };
        assert_eq!(refusal.class(), class);
    }
}

#[test]
fn only_2xx_brings_tokens() {
    let body = br#"{"access_token":"t","token_type":"bearer","expires_in":1}"#;
    // All of them take half a minute in Miri.
    for status in (0..=999).step_by(if cfg!(miri) { 25 } else { 1 }) {
        match parse_token_response(&ResponseHead::new(status), &mut body.to_vec()) {
            Ok(_) => assert!((200..300).contains(&status), "{status}"),
            Err(ExchangeError::Refused(refusal)) => {
                assert!(!(200..300).contains(&status), "{status}");
                assert_eq!(refusal.status(), status);
            }
            Err(error) => panic!("{status}: {error}"),
        }
    }
}

#[test]
fn errors_are_prose() {
    let text = |body: &str| parse(body).unwrap_err().to_string();
    assert_eq!(
        text("<html>"),
        "the response is malformed at offset 0 (status 200): something other than the service answered (a proxy, a login \
         page?); check host, path and proxy"
    );
    assert_eq!(
        text(r#"{"access_token":"sec"#),
        "the response ends in the middle, at offset 20 (status 200): the connection was cut short, or something other \
         than the service answered; try again"
    );
    assert!(text("{}").starts_with("the response has no access_token (status 200): "));
    assert!(text(r#"{"scope":1,"scope":1}"#).starts_with("the response has scope twice (status 200): "));
}
