//! Responses that are not the service's: HTML, nothing, half a body, at every status; and bodies of one outcome with the status
//! of another.

use genesys_token_core::lifecycle::{Answer, Failure, Outcome, Policy, Step, TokenManager};
use genesys_token_core::text::CapacityError;
use genesys_token_core::time::{Duration, Instant};
use genesys_token_core::wire::{
    ExchangeError, ProtocolErrorKind as Kind, RefusalClass, ResponseHead, parse_token_response,
};

const TOKEN: &str = r#"{"access_token":"t","token_type":"bearer","expires_in":1}"#;

/// `None` for a token.
fn error(status: u16, body: &str) -> Option<ExchangeError> {
    parse_token_response(&ResponseHead::new(status), &mut body.as_bytes().to_vec()).err()
}

#[test]
fn html_nothing_and_half_a_body_at_every_status() {
    let half = &TOKEN[..TOKEN.len() / 2];
    let bodies = [
        ("<!DOCTYPE html><title>Sign in</title>", Kind::Syntax),
        ("<html>{\"access_token\":\"t\",\"token_type\":\"bearer\"}</html>", Kind::Syntax),
        ("", Kind::Empty),
        (" \r\n", Kind::Empty),
        (half, Kind::Incomplete),
        (r#"{"error":"invalid_cl"#, Kind::Incomplete),
    ];
    // All of them take minutes in Miri.
    let step = if cfg!(miri) { 97 } else { 1 };
    for status in (0..=999).step_by(step) {
        for (body, kind) in bodies {
            match error(status, body) {
                Some(ExchangeError::Protocol(error)) => {
                    assert!((200..300).contains(&status), "{status} {body}");
                    assert_eq!((error.kind, error.status), (kind, status), "{body}");
                }
                Some(ExchangeError::Refused(refusal)) => {
                    assert!(!(200..300).contains(&status), "{status} {body}");
                    assert_eq!((refusal.status(), refusal.code()), (status, ""), "{body}");
                }
                other => panic!("{status} {body}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_refusal_with_the_status_of_success() {
    for status in [200, 201, 299] {
        match error(status, r#"{"error":"invalid_client","description":"authentication failed"}"#) {
            Some(ExchangeError::Refused(refusal)) => {
                assert_eq!((refusal.class(), refusal.status()), (RefusalClass::Credentials, status));
            }
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[test]
fn a_token_with_the_status_of_a_refusal() {
    for (status, class) in [
        (400, RefusalClass::Request),
        (401, RefusalClass::Credentials),
        (403, RefusalClass::Unexpected),
        (429, RefusalClass::RateLimited),
        (503, RefusalClass::Unavailable),
    ] {
        match error(status, TOKEN) {
            Some(ExchangeError::Refused(refusal)) => {
                assert_eq!((refusal.class(), refusal.status()), (class, status));
            }
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[test]
fn a_refusal_includes_retry_after_as_a_date() {
    let mut head = ResponseHead::new(503);
    head.header(b"Date", b"Fri, 20 Nov 2026 12:00:00 GMT");
    head.header(b"Retry-After", b"Friday, 20-Nov-26 12:01:30 GMT");
    head.header(b"ININ-Correlation-Id", b"3f1b2a60-4b0e-4f4e-9a0a-1c2d3e4f5a6b");
    let refused = parse_token_response(&head, &mut b"<html>".to_vec()).err();
    let Some(ExchangeError::Refused(refusal)) = refused else { panic!("{refused:?}") };
    assert_eq!(refusal.class(), RefusalClass::Unavailable);
    assert_eq!(refusal.retry_after(), Some(Duration::from_secs(90)));
    assert_eq!(refusal.correlation_id(), "3f1b2a60-4b0e-4f4e-9a0a-1c2d3e4f5a6b");
    assert!(refusal.to_string().contains("retry after 90 s"), "{refusal}");
}

#[test]
fn a_token_may_be_as_long_as_the_capacity_and_no_longer() {
    const CAPACITY: usize = 64;
    for length in [CAPACITY - 1, CAPACITY, CAPACITY + 1, 10 * CAPACITY] {
        let now = Instant::from_secs(1);
        let mut manager = TokenManager::<CAPACITY>::new(Policy::default());
        assert!(matches!(manager.poll(now), Step::Exchange(_)));
        let ticket = manager.begin(now).expect("an exchange is due");
        let token = "x".repeat(length);
        let mut body =
            format!(r#"{{"access_token":"{token}","token_type":"bearer","expires_in":3600}}"#).into_bytes();
        let response = parse_token_response(&ResponseHead::new(200), &mut body).expect("a token");
        assert_eq!(response.access_token(), token, "the body is the caller's, and bounds nothing");
        manager.complete(ticket, now, Outcome::Token(&response), 7);
        match manager.last_failure() {
            Some(Failure::Capacity(error)) => {
                let expected = CapacityError { what: "access token", needed: length, capacity: CAPACITY };
                assert_eq!(*error, expected);
            }
            other => assert!(other.is_none() && length <= CAPACITY, "{length}: {other:?}"),
        }
        assert_eq!(matches!(manager.token(now), Answer::Ready(_)), length <= CAPACITY, "{length}");
    }
}
