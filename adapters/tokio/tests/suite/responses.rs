//! Responses of servers and middleboxes that are unusual, but legal or common.

use genesys_token_sandbox::{Answer, Behaviour, Host, Response};
use genesys_token_tokio::core::wire::RefusalClass;
use genesys_token_tokio::http::{HeaderValue, header};
use genesys_token_tokio::{ApiError, ApiRequest, TokenErrorKind, TransportErrorKind};

use crate::fixture::{client, label, sandbox};

const TOKEN: &str = r#"{"access_token":"unusual","token_type":"bearer","expires_in":86399}"#;

fn raw(status: &str, headers: &str, body: &str) -> Behaviour {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
    Answer::raw(format!("{head}{body}")).into()
}

/// RFC 9112 section 5.2: a user agent that receives a folded header must replace the fold by spaces.
#[tokio::test]
async fn a_folded_header_is_joined() {
    let sandbox = sandbox().await;
    sandbox.script(Host::Login, raw("200 OK", "X-A: b\r\n c\r\n\td\r\n", TOKEN));
    assert_eq!(client(&sandbox).token().await.unwrap().expose(), "unusual");
}

/// RFC 8259 section 8.1: a parser may ignore a byte order mark rather than treat it as an error. A proxy that rewrites responses may write one;
/// tokens and refusals are read behind it, as JSON of the API is.
#[tokio::test]
async fn a_byte_order_mark_before_json_is_ignored() {
    let sandbox = sandbox().await;
    let body = |text: &str| format!("\u{feff}{text}").into_bytes();
    sandbox.script(Host::Login, Response::new(200).body("application/json", body(TOKEN)));
    assert_eq!(client(&sandbox).token().await.unwrap().expose(), "unusual");
    let refusal = r#"{"error":"invalid_client","error_description":"authentication failed"}"#;
    sandbox.script(Host::Login, Response::new(401).body("application/json", body(refusal)));
    let error = client(&sandbox).token().await.unwrap_err();
    let TokenErrorKind::Refused { refusal, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!((refusal.code(), refusal.description()), ("invalid_client", "authentication failed"));
    let refusal = r#"{"status":403,"code":"missing.permissions","message":"no"}"#;
    sandbox.script(Host::Api, Response::new(403).body("application/json", body(refusal)));
    let refused = client(&sandbox).api(ApiRequest::get("/api/v2/users/me")).await;
    let Err(ApiError::Refused(refusal)) = refused else { panic!("{refused:?}") };
    assert_eq!(refusal.refusal().code(), "missing.permissions");
}

/// The limit is this client's, so the message names it instead of blaming the protocol.
#[tokio::test]
async fn too_many_headers_are_reported_with_the_limit() {
    let sandbox = sandbox().await;
    sandbox.script(Host::Login, raw("200 OK", &"X: y\r\n".repeat(99), TOKEN));
    client(&sandbox).token().await.unwrap();
    for headers in ["X: y\r\n".repeat(100), format!("X: {}\r\n", "y".repeat(16 * 1024))] {
        sandbox.script(Host::Login, raw("200 OK", &headers, TOKEN));
        let outcome = client(&sandbox).token().await;
        assert_eq!(label(&outcome), "ResponseHeadTooLarge");
        let text = outcome.unwrap_err().to_string();
        assert!(text.contains("16 KiB") && text.contains("100 headers"), "{text}");
    }
}

/// A coding that was not accepted is not taken for a malformed body: the message names it. What the coding hides is not guessed.
#[tokio::test]
async fn a_coding_that_was_not_accepted_is_named() {
    let sandbox = sandbox().await;
    let cases = [
        ("gzip", "gzip"),
        ("BR", "br"),
        ("rot13", "an unknown coding"),
        // A list of the codings in the order of their application (RFC 9110 section 8.4).
        ("identity, gzip", "gzip"),
        ("deflate,br", "deflate"),
    ];
    for (coding, named) in cases {
        for status in [200, 400] {
            let response = Response::new(status).header("Content-Encoding", coding);
            sandbox.script(Host::Login, response.body("application/json", vec![0x1f, 0x8b, 8, 0]));
            let error = client(&sandbox).token().await.unwrap_err();
            let TokenErrorKind::Transport(transport) = error.kind() else { panic!("{error:?}") };
            assert!(matches!(transport.kind(), TransportErrorKind::ResponseEncoded(name) if *name == named));
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}

/// Several lines of a header are one list (RFC 9110 section 5.2), and a transfer coding hides a body as well (RFC 9112 section 7).
#[tokio::test]
async fn a_coding_is_found_in_each_line_and_in_transfer_encoding() {
    let sandbox = sandbox().await;
    let hidden = "\u{1f}\u{8}";
    let chunks = format!("{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len());
    for (headers, body) in [
        ("Content-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n", hidden),
        ("Transfer-Encoding: gzip, chunked\r\n", &chunks),
    ] {
        sandbox.script(Host::Login, Answer::raw(format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}")));
        assert_eq!(label(&client(&sandbox).token().await), "ResponseEncoded(\"gzip\")", "{headers}");
    }
}

/// Gateways leave the header where there is nothing to encode: 204 has no content (RFC 9110 section 15.3.5), nor has a response to HEAD
/// (section 9.3.2). curl reports a success with `--compressed` as well.
#[tokio::test]
async fn a_coding_of_no_body_is_ignored() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    for (method, head) in [
        ("DELETE", "HTTP/1.1 204 No Content\r\n"),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n"),
    ] {
        let request = || ApiRequest::new(method.parse().unwrap(), "/api/v2/echo");
        let answer = || Answer::raw(format!("{head}Content-Encoding: gzip\r\n\r\n"));
        sandbox.script(Host::Api, answer());
        assert!(client.api(request()).await.unwrap().body().is_empty(), "{method}");
        sandbox.script(Host::Api, answer());
        drop(client.api_streaming(request()).await.unwrap());
    }
}

/// The status decides where the body is not needed: the time of the next attempt depends on it.
#[tokio::test]
async fn the_status_counts_without_a_readable_body() {
    let sandbox = sandbox().await;
    let limited = Response::new(429).retry_after(genesys_token_sandbox::RetryAfter::Seconds(42));
    sandbox
        .script(Host::Login, limited.header("Content-Encoding", "gzip").body("text/html", vec![0x1f, 0x8b]));
    let error = client(&sandbox).token().await.unwrap_err();
    let TokenErrorKind::Refused { refusal, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!((refusal.class(), refusal.status()), (RefusalClass::RateLimited, 429));
}

#[tokio::test]
async fn a_caller_that_accepts_a_coding_receives_it_as_it_is() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let coded =
        || Response::new(200).header("Content-Encoding", "gzip").body("application/json", vec![0x1f, 0x8b]);
    sandbox.script(Host::Api, coded());
    let error = client.api(ApiRequest::get("/api/v2/echo")).await.unwrap_err();
    assert!(matches!(error, ApiError::Transport(_)), "{error:?}");
    sandbox.script(Host::Api, coded());
    let accept = HeaderValue::from_static("gzip");
    let request = ApiRequest::get("/api/v2/echo").header(header::ACCEPT_ENCODING, accept);
    assert_eq!(client.api(request).await.unwrap().body(), [0x1f, 0x8b]);
}
