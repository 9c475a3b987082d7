//! Each response body of the service as received, byte for byte.

use genesys_token_sandbox::{CORRELATION_ID, Host, Response, Sandbox};

use crate::client::Wire;

/// Status, required header lines, body.
type Expected = (u16, &'static [&'static str], &'static str);

fn cases() -> Vec<(Response, Expected)> {
    let masked = "DCl7jJaGIGQ1M-8dq791twKewbp8bI5Vr1vFV1gRizlxlsH1U4**aA25FG4BqLcjKqcG5AVuzFJ4_g0Q";
    let correlation: &[&str] = &["ININ-Correlation-Id: 5b0c1a52-7d1e-4c0f-9a35-0d2c6a1f8e44"];
    vec![
        (
            Response::token(masked, 86_399),
            (
                200,
                &["Content-Type: application/json", "Cache-Control: no-store"],
                r#"{"access_token":"DCl7jJaGIGQ1M-8dq791twKewbp8bI5Vr1vFV1gRizlxlsH1U4**aA25FG4BqLcjKqcG5AVuzFJ4_g0Q","token_type":"bearer","expires_in":86399}"#,
            ),
        ),
        (
            Response::token_with_refresh("a", "r", 1),
            (200, &[], r#"{"access_token":"a","refresh_token":"r","token_type":"bearer","expires_in":1}"#),
        ),
        (
            Response::client_not_found(),
            (
                400,
                &["Content-Type: application/json"],
                r#"{"error":"invalid_client","description":"client not found","error_description":"client not found"}"#,
            ),
        ),
        (
            Response::authentication_failed(),
            (
                400,
                &[],
                r#"{"error":"invalid_client","description":"authentication failed","error_description":"authentication failed"}"#,
            ),
        ),
        (
            Response::unauthorized_client(),
            (
                400,
                &[],
                r#"{"error":"unauthorized_client","description":"client is not authorized to use the client_credential grant type","error_description":"client is not authorized to use the client_credential grant type"}"#,
            ),
        ),
        (
            Response::token_rate_limited(),
            (400, &[], r#"{"error":"invalid_request","error_description":"rate limit exceeded; …"}"#),
        ),
        (
            Response::too_many_requests(42, CORRELATION_ID),
            (
                429,
                &[
                    "ININ-Correlation-Id: 5b0c1a52-7d1e-4c0f-9a35-0d2c6a1f8e44",
                    "Retry-After: 42",
                    "Strict-Transport-Security: max-age=600; includeSubDomains",
                    "Cache-Control: no-cache, no-store, must-revalidate",
                    "Content-Type: application/json",
                ],
                r#"{"message":"Rate limit exceeded the maximum. Retry the request in [42] seconds","code":"too.many.requests.retry.after","status":429,"contextId":"5b0c1a52-7d1e-4c0f-9a35-0d2c6a1f8e44","details":[],"errors":[]}"#,
            ),
        ),
        (
            Response::bad_credentials(CORRELATION_ID),
            (
                401,
                correlation,
                r#"{"message":"Invalid login credentials.","code":"bad.credentials","status":401}"#,
            ),
        ),
        (
            Response::authentication_required(CORRELATION_ID),
            (
                401,
                correlation,
                r#"{"message":"No authentication bearer token specified in authorization header.","code":"authentication.required","status":401,"contextId":"5b0c1a52-7d1e-4c0f-9a35-0d2c6a1f8e44","details":[],"errors":[]}"#,
            ),
        ),
        (
            Response::not_a_user(CORRELATION_ID),
            (
                400,
                correlation,
                r#"{"message":"This request requires a user context. Client credentials cannot be used for requests to this resource.","code":"not.a.user","status":400,"contextId":"5b0c1a52-7d1e-4c0f-9a35-0d2c6a1f8e44","details":[],"errors":[]}"#,
            ),
        ),
        (Response::empty_unavailable(), (503, &["Content-Length: 0"], "")),
    ]
}

#[test]
fn bodies_equal_those_of_the_service() {
    let sandbox = Sandbox::builder().clear_text().start_blocking().unwrap();
    let mut wire = Wire::clear_text(sandbox.login_addr());
    for (response, (status, headers, body)) in cases() {
        sandbox.script(Host::Login, response);
        let answer = wire.ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!((answer.status, answer.text()), (status, body));
        for header in headers {
            assert!(answer.head.lines().any(|line| line == *header), "{header} is not in {}", answer.head);
        }
    }
    sandbox.script(Host::Login, Response::html_bad_gateway());
    let page = wire.ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!((page.status, page.header("Content-Type")), (502, Some("text/html")));
    assert!(page.text().starts_with("<html>"));
    assert_eq!(wire.rest().0, b"");
}
