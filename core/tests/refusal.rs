//! Every rule of the tables in `wire::refusal`, and the messages for people.

use genesys_token_core::time::Duration;
use genesys_token_core::wire::refusal::{CODE_CAPACITY, DESCRIPTION_CAPACITY};
use genesys_token_core::wire::{
    ExchangeError, Refusal, RefusalClass as Class, ResponseHead, api_refusal, parse_token_response,
};

fn refusal_with(head: &ResponseHead, body: &str) -> Refusal {
    let mut body = body.as_bytes().to_vec();
    match parse_token_response(head, &mut body) {
        Err(ExchangeError::Refused(refusal)) => refusal,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("a token"),
    }
}

fn refusal(status: u16, body: &str) -> Refusal {
    refusal_with(&ResponseHead::new(status), body)
}

fn error(code: &str, description: &str) -> String {
    format!(r#"{{"error":"{code}","description":"{description}","error_description":"{description}"}}"#)
}

#[test]
fn classes_by_error() {
    let cases = [
        ("invalid_client", "client not found", Class::Credentials),
        ("invalid_client", "authentication failed", Class::Credentials),
        (
            "unauthorized_client",
            "client is not authorized to use the client_credential grant type",
            Class::ClientNotAllowed,
        ),
        ("invalid_grant", "", Class::Grant),
        ("invalid_request", "", Class::Request),
        ("invalid_request", "rate limit exceeded; wait", Class::RateLimited),
        ("invalid_request", "rate limit exceeded", Class::RateLimited),
        ("invalid_request", "Rate Limit Exceeded", Class::RateLimited),
        ("invalid_request", "the rate limit exceeded", Class::Request),
        ("invalid_request", "rate limit", Class::Request),
        ("invalid_grant", "rate limit exceeded", Class::Grant),
        ("unsupported_grant_type", "", Class::Request),
        ("unsupported_response_type", "", Class::Request),
        ("invalid_scope", "", Class::Scope),
        ("server_error", "", Class::Unavailable),
        ("temporarily_unavailable", "", Class::Unavailable),
        ("access_denied", "", Class::Unexpected),
        ("Invalid_Client", "", Class::Unexpected),
        ("something new", "", Class::Unexpected),
    ];
    for (code, description, class) in cases {
        // All of them take many seconds in Miri.
        for status in if cfg!(miri) { vec![400] } else { vec![200, 400, 401, 403] } {
            let refusal = refusal(status, &error(code, description));
            assert_eq!(refusal.class(), class, "{code} {description} {status}");
            assert_eq!((refusal.code(), refusal.description()), (code, description));
            assert_eq!(refusal.status(), status);
        }
        assert_eq!(refusal(429, &error(code, description)).class(), Class::RateLimited);
        assert_eq!(refusal(503, &error(code, description)).class(), Class::Unavailable);
        assert_eq!(refusal(408, &error(code, description)).class(), Class::Unavailable);
    }
}

#[test]
fn the_rate_limit_is_seen_in_either_description() {
    for name in ["description", "error_description"] {
        let body = format!(r#"{{"error":"invalid_request","{name}":"rate limit exceeded; x"}}"#);
        assert_eq!(refusal(400, &body).class(), Class::RateLimited, "{name}");
    }
    let escaped = r#"{"error":"invalid\u005frequest","error_description":"\u0072ate limit exceeded"}"#;
    assert_eq!(refusal(400, escaped).class(), Class::RateLimited);
    let body = include_str!("../benches/data/error.json");
    assert_eq!(refusal(400, body).class(), Class::RateLimited);
}

#[test]
fn classes_by_status_whatever_the_body() {
    let bodies = [
        "",
        "<html><h1>Bad Gateway</h1>",
        "{",
        r#"{"error":"invalid_grant""#,
        "[]",
        "null",
        "{}",
        r#"{"error":null}"#,
        r#"{"error":17}"#,
        r#"{"error":""}"#,
        r#"{"error":"invalid_grant","error":"invalid_grant"}"#,
        r#"{"access_token":"t","token_type":"bearer"}"#,
        "\u{feff}{}",
    ];
    // All of them take many seconds in Miri.
    for body in bodies.into_iter().step_by(if cfg!(miri) { 4 } else { 1 }) {
        for (status, class) in [
            (400, Class::Request),
            (401, Class::Credentials),
            (408, Class::Unavailable),
            (429, Class::RateLimited),
            (500, Class::Unavailable),
            (502, Class::Unavailable),
            (503, Class::Unavailable),
            (504, Class::Unavailable),
            (599, Class::Unavailable),
            (100, Class::Unexpected),
            (199, Class::Unexpected),
            (300, Class::Unexpected),
            (302, Class::Unexpected),
            (403, Class::Unexpected),
            (404, Class::Unexpected),
            (418, Class::Unexpected),
            (600, Class::Unexpected),
            (0, Class::Unexpected),
            (65535, Class::Unexpected),
        ] {
            let refusal = refusal(status, body);
            assert_eq!((refusal.class(), refusal.status()), (class, status), "{body}");
            assert_eq!((refusal.code(), refusal.description()), ("", ""), "{body}");
        }
    }
}

#[test]
fn only_the_error_must_not_stand_there_twice() {
    let body = r#"{"scope":1,"error":"invalid_grant","scope":2,"message":"a","message":"b","access_token":1,"access_token":2}"#;
    let refusal = refusal(400, body);
    assert_eq!(
        (refusal.class(), refusal.code(), refusal.description()),
        (Class::Grant, "invalid_grant", "a")
    );
}

#[test]
fn names_with_escapes_are_the_same_names() {
    let body =
        r#"{"\u0065rror":"invalid\u005fgrant","error\u005Fdescription":"a\/b","context\u0049d":"\u0031"}"#;
    let refusal = refusal(400, body);
    assert_eq!((refusal.class(), refusal.code()), (Class::Grant, "invalid_grant"));
    assert_eq!((refusal.description(), refusal.correlation_id()), ("a/b", "1"));
}

#[test]
fn documented_refusals_of_the_platform_api() {
    let body = r#"{"message":"Rate limit exceeded the maximum. Retry the request in [42] seconds","code":"too.many.requests.retry.after","status":429,"contextId":"0b7a9d2e-5c1f-4b8e-9a3d-6f2e1c0d4b5a","details":[],"errors":[]}"#;
    let mut head = ResponseHead::new(429);
    head.header(b"Retry-After", b"42");
    let refusal = api_refusal(&head, body.as_bytes());
    assert_eq!(refusal.class(), Class::RateLimited);
    assert_eq!(refusal.code(), "too.many.requests.retry.after");
    assert_eq!(refusal.description(), "Rate limit exceeded the maximum. Retry the request in [42] seconds");
    assert_eq!(refusal.retry_after(), Some(Duration::from_secs(42)));
    assert_eq!(refusal.correlation_id(), "0b7a9d2e-5c1f-4b8e-9a3d-6f2e1c0d4b5a");
    assert_eq!(
        refusal.to_string(),
        "too many requests: wait before asking again (status 429; too.many.requests.retry.after; \"Rate limit exceeded \
         the maximum. Retry the request in [42] seconds\"; retry after 42 s; correlation id \
         0b7a9d2e-5c1f-4b8e-9a3d-6f2e1c0d4b5a)"
    );
}

#[test]
fn platform_api_classes() {
    let cases = [
        (400, "not.a.user", Class::Request),
        (400, "bad.request", Class::Request),
        (401, "bad.credentials", Class::AccessToken),
        (401, "authentication.required", Class::AccessToken),
        (401, "credentials.expired", Class::AccessToken),
        (401, "ip.not.authorized", Class::ClientNotAllowed),
        (401, "", Class::AccessToken),
        (403, "missing.permissions", Class::Scope),
        (404, "not.found", Class::Request),
        (408, "client.timeout", Class::Unavailable),
        (413, "request.entity.too.large", Class::Request),
        (429, "too.many.requests", Class::RateLimited),
        (500, "internal.server.error", Class::Unavailable),
        (503, "service.unavailable", Class::Unavailable),
        (504, "request.timeout", Class::Unavailable),
        (302, "", Class::Unexpected),
        (200, "", Class::Unexpected),
    ];
    for (status, code, class) in cases {
        let body = format!(r#"{{"message":"Some words.","code":"{code}","status":{status}}}"#);
        let refusal = api_refusal(&ResponseHead::new(status), body.as_bytes());
        assert_eq!((refusal.class(), refusal.code()), (class, code), "{status}");
        assert_eq!(refusal.description(), "Some words.");
        for body in ["", "<html>", "{", "[1]"] {
            let refusal = api_refusal(&ResponseHead::new(status), body.as_bytes());
            if code != "ip.not.authorized" {
                assert_eq!(refusal.class(), class, "{status} {body}");
            }
            assert_eq!((refusal.code(), refusal.description()), ("", ""));
        }
    }
}

#[test]
fn the_head_knows_the_correlation_id_best() {
    let body = r#"{"code":"x","contextId":"from-the-body"}"#;
    let mut head = ResponseHead::new(500);
    assert_eq!(api_refusal(&head, body.as_bytes()).correlation_id(), "from-the-body");
    head.header(b"ININ-Correlation-Id", b"from-the-head");
    assert_eq!(api_refusal(&head, body.as_bytes()).correlation_id(), "from-the-head");
    let long = format!(r#"{{"contextId":"{}"}}"#, "x".repeat(65));
    assert_eq!(api_refusal(&ResponseHead::new(500), long.as_bytes()).correlation_id(), "");
    let strange = r#"{"contextId":"a\nb"}"#;
    assert_eq!(api_refusal(&ResponseHead::new(500), strange.as_bytes()).correlation_id(), "");
}

#[test]
fn descriptions_are_cleaned() {
    let cases = [
        ("plain words", "plain words"),
        (r"a\r\nb\tc\u0000d\u007fe", "a??b?c?d?e"),
        ("Zugriff verweigert: ungültig … 🔑", "Zugriff verweigert: ung?ltig ? ?"),
        (r"\u00fc\ud83d\udd11\u2026", "???"),
        (r#"\"quoted\" \\ \/"#, "\"quoted\" \\ /"),
        ("\u{202e}\u{200b}", "??"),
        ("\u{80}\u{bf}\u{c0}\u{ff}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}", "?????????"),
    ];
    for (text, cleaned) in cases {
        let refusal = refusal(400, &error("invalid_request", text));
        assert_eq!((refusal.description(), refusal.description_was_cut()), (cleaned, false));
    }
}

#[test]
fn descriptions_are_bounded_and_say_so() {
    // In Miri the longest takes a minute, and each letter seconds.
    let (far_beyond, step) = if cfg!(miri) { (200, 3) } else { (5000, 1) };
    for (length, cut) in [
        (DESCRIPTION_CAPACITY - 1, false),
        (DESCRIPTION_CAPACITY, false),
        (DESCRIPTION_CAPACITY + 1, true),
        (far_beyond, true),
    ] {
        for letter in ["x", "é", "\\n", "\\ud83d\\udd11"].into_iter().step_by(step) {
            let refusal = refusal(400, &error("invalid_scope", &letter.repeat(length)));
            assert_eq!(refusal.description().len(), length.min(DESCRIPTION_CAPACITY));
            assert_eq!(refusal.description_was_cut(), cut, "{length} {letter}");
            assert_eq!(refusal.to_string().contains("...\""), cut);
        }
    }
}

#[test]
fn codes_are_kept_whole_or_not_at_all() {
    for (length, kept) in [(CODE_CAPACITY - 1, true), (CODE_CAPACITY, true), (CODE_CAPACITY + 1, false)] {
        let code = "c".repeat(length);
        let refusal = refusal(400, &error(&code, "d"));
        assert_eq!(refusal.code(), if kept { &code } else { "" });
        assert_eq!(refusal.class(), Class::Unexpected);
    }
    for code in ["inv\\nalid", "ungültig", "\\u0007"] {
        assert_eq!(refusal(400, &error(code, "d")).code(), "");
    }
}

#[test]
fn description_falls_back() {
    let described = |body: &str| refusal(400, body).description().to_owned();
    assert_eq!(
        described(r#"{"error":"e","error_description":"one","description":"two","message":"three"}"#),
        "one"
    );
    assert_eq!(
        described(r#"{"error":"e","error_description":"","description":"two","message":"three"}"#),
        "two"
    );
    assert_eq!(
        described(r#"{"error":"e","error_description":null,"description":2,"message":"three"}"#),
        "three"
    );
    assert_eq!(described(r#"{"error":"e","description":"first","description":"second"}"#), "first");
    // The API's code is used if there is no OAuth error.
    let api_style =
        refusal(401, r#"{"code":"bad.credentials","message":"Invalid login credentials.","status":401}"#);
    assert_eq!((api_style.class(), api_style.code()), (Class::Credentials, "bad.credentials"));
}

#[test]
fn advice_for_every_class() {
    let cases = [
        (400, error("invalid_client", "x"), "client id, secret and region"),
        (400, error("unauthorized_client", "x"), "grant type"),
        (400, error("invalid_grant", "x"), "obtain a new one"),
        (400, error("invalid_request", "x"), "check its parameters"),
        (400, error("invalid_scope", "x"), "roles of the OAuth client"),
        (429, String::new(), "wait before asking again"),
        (503, String::new(), "try again later"),
        (404, String::new(), "check host, path and proxy"),
    ];
    for (status, body, advice) in cases {
        let text = refusal(status, &body).to_string();
        assert!(text.contains(advice), "{text}");
        assert!(text.contains(&format!("status {status}")), "{text}");
    }
    let dead = api_refusal(&ResponseHead::new(401), b"");
    assert_eq!(
        dead.to_string(),
        "the access token is wrong, expired or revoked: ask for a new one (status 401)"
    );
}

#[test]
fn a_wrong_region_is_hinted_at() {
    let refusal = refusal(400, &error("invalid_client", "authentication failed"));
    assert_eq!(
        refusal.to_string(),
        "client authentication failed: check client id, secret and region (a wrong region looks the same as a \
         wrong secret) (status 400; invalid_client; \"authentication failed\")"
    );
    assert_eq!(ExchangeError::from(refusal.clone()).to_string(), refusal.to_string());
}

#[test]
fn retry_advice_is_included() {
    let mut head = ResponseHead::new(400);
    head.header(b"retry-after", b"7");
    let refusal = refusal_with(&head, &error("invalid_request", "rate limit exceeded; x"));
    assert_eq!(refusal.retry_after(), Some(Duration::from_secs(7)));
    assert!(refusal.to_string().contains("retry after 7 s"));
}

/// RFC 9110 section 15.4: the target is not followed, because the request holds a secret; the error names it.
#[test]
fn redirect_names_its_target() {
    for (location, shown) in [
        ("https://login.example/oauth/token/", "https://login.example/oauth/token/"),
        ("/oauth/token/", "/oauth/token/"),
        // Query and fragment may contain secrets.
        ("/login?state=secret#token", "/login"),
        // Cleaned as any text of a peer.
        ("/a\x1b[31m\u{e9}", "/a?[31m?"),
    ] {
        let mut head = ResponseHead::new(301);
        head.header(b"Location", location.as_bytes());
        let refusal = api_refusal(&head, b"<html>moved</html>");
        assert_eq!(refusal.description(), shown);
        let mut body = *b"<html>moved</html>";
        let Err(ExchangeError::Refused(refusal)) = parse_token_response(&head, &mut body) else {
            panic!("no refusal")
        };
        assert_eq!((refusal.class(), refusal.description()), (Class::Unexpected, shown));
        let text = refusal.to_string();
        assert!(
            text.contains("not followed") && text.contains(shown) && text.contains("status 301"),
            "{text}"
        );
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn target_of_a_redirect_is_bounded() {
    let mut head = ResponseHead::new(302);
    head.header(b"location", "a".repeat(1000).as_bytes());
    assert_eq!(api_refusal(&head, b"").description(), "a".repeat(128));
}

#[test]
fn location_of_other_responses_is_not_shown() {
    let mut head = ResponseHead::new(404);
    head.header(b"location", b"/elsewhere");
    assert_eq!(api_refusal(&head, br#"{"message":"not found"}"#).description(), "not found");
}

/// Some servers decode id and secret by RFC 6749 section 2.3.1, others use them literally: where the two differ, the refusal says
/// so.
#[test]
fn refused_credentials_with_reserved_characters_mention_the_form_encoded_method() {
    let hint = "form-encoded";
    for (status, code, matters, expected) in [
        (400, "invalid_client", true, true),
        (400, "invalid_client", false, false),
        (400, "invalid_scope", true, false),
    ] {
        let mut body = format!(r#"{{"error":"{code}"}}"#).into_bytes();
        let Err(ExchangeError::Refused(mut refusal)) =
            parse_token_response(&ResponseHead::new(status), &mut body)
        else {
            panic!("no refusal")
        };
        refusal.with_form_encoding_hint(matters);
        assert_eq!(refusal.to_string().contains(hint), expected, "{refusal}");
    }
}

/// By the rules in the documentation of `leaves_grant_unspent`.
#[test]
fn refusals_that_leave_a_grant_unspent() {
    for (status, body, unspent) in [
        (429, "", true),
        (400, r#"{"error":"invalid_request","error_description":"rate limit exceeded"}"#, true),
        (401, r#"{"error":"invalid_client"}"#, true),
        (400, r#"{"error":"unauthorized_client"}"#, true),
        (408, "", true),
        (503, "", true),
        (404, "<html>", true),
        (302, "", true),
        (400, r#"{"error":"invalid_grant"}"#, false),
        (400, r#"{"error":"invalid_request"}"#, false),
        (400, r#"{"error":"invalid_scope"}"#, false),
        (400, r#"{"error":"something_new"}"#, false),
        (400, "", false),
        (500, "", false),
        (502, "", false),
        (504, "", false),
    ] {
        let mut bytes = body.as_bytes().to_vec();
        let Err(ExchangeError::Refused(refusal)) =
            parse_token_response(&ResponseHead::new(status), &mut bytes)
        else {
            panic!("no refusal")
        };
        assert_eq!(refusal.leaves_grant_unspent(), unspent, "{status} {body}");
    }
}
