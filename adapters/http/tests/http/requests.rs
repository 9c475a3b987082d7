//! Requests as they are sent, and requests that are rejected.

use core::future::pending;

use embedded_io_async::ErrorKind;
use futures_lite::future::block_on;
use genesys_token_core::settings::{Client, ClientAuth, ClientId, ClientSecret};
use genesys_token_core::wire::{Grant, TokenRequest};
use genesys_token_http::{Buffers, Connection, HttpErrorKind, Method, Request, RequestError, ResponseError};

use crate::case::{BODY, HEAD};
use http_reference::Stream;

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

type Failure = (HttpErrorKind<ErrorKind>, bool);

/// Sends a request. Returns the stream, and whether the connection can be reused or the failure.
fn send(stream: Stream, request: &Request<'_>) -> (Stream, Result<bool, Failure>) {
    let (mut head, mut body) = ([0; HEAD], [0; BODY]);
    let mut connection = Connection::new(stream);
    let buffers = Buffers { head: &mut head, body: &mut body };
    let result = block_on(connection.exchange(request, buffers, pending()));
    let result = result.map(|response| response.keep_alive).map_err(|error| (error.kind, error.sent));
    (connection.into_stream(), result)
}

fn written(request: &Request<'_>) -> String {
    let (stream, result) = send(Stream::new(RESPONSE), request);
    result.unwrap();
    assert_eq!(stream.flushed, stream.written.len(), "all of it was flushed");
    String::from_utf8(stream.written).unwrap()
}

#[test]
fn core_token_request_is_sent() {
    let (id, secret) = (ClientId::<64>::new("id").unwrap(), ClientSecret::<128>::new("secret").unwrap());
    let client = Client::confidential(&id, &secret, ClientAuth::Basic);
    let token_request = TokenRequest::new(client, Grant::ClientCredentials).unwrap();
    let (mut body, mut authorization) = ([0; 256], [0; 256]);
    let authorization = token_request.write_authorization(&mut authorization).unwrap().unwrap();
    let request = Request::new(Method::Post, "login.mypurecloud.de", "/oauth/token")
        .with_authorization(authorization)
        .with_headers(&[("Accept", TokenRequest::ACCEPT)])
        .with_body(TokenRequest::CONTENT_TYPE, token_request.write_body(&mut body).unwrap());
    assert_eq!(
        written(&request),
        "POST /oauth/token HTTP/1.1\r\nHost: login.mypurecloud.de\r\nAccept-Encoding: identity\r\nAuthorization: Basic aWQ6c2VjcmV0\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 29\r\nAccept: application/json\r\n\r\n\
         grant_type=client_credentials"
    );
}

#[test]
fn authorised_call_is_sent() {
    let request = Request::new(Method::Get, "api.mypurecloud.de:8443", "/api/v2/users/me?expand=station")
        .with_bearer("DCl7jJaG")
        .with_headers(&[("Accept", "application/json"), ("User-Agent", "pump/1.0"), ("X-Empty", "")])
        .with_close();
    assert_eq!(
        written(&request),
        "GET /api/v2/users/me?expand=station HTTP/1.1\r\nHost: api.mypurecloud.de:8443\r\nAccept-Encoding: identity\r\n\
         Authorization: Bearer DCl7jJaG\r\nConnection: close\r\nAccept: application/json\r\n\
         User-Agent: pump/1.0\r\nX-Empty: \r\n\r\n"
    );
}

/// RFC 9110 section 8.6: `Content-Length` is sent, even if zero, where the method anticipates content.
#[test]
fn method_names_and_content_length() {
    for (method, name, length) in [
        (Method::Get, "GET", ""),
        (Method::Post, "POST", "Content-Length: 0\r\n"),
        (Method::Put, "PUT", "Content-Length: 0\r\n"),
        (Method::Patch, "PATCH", "Content-Length: 0\r\n"),
        (Method::Delete, "DELETE", ""),
    ] {
        let request = Request::new(method, "a", "/");
        assert_eq!(
            written(&request),
            format!("{name} / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: identity\r\n{length}\r\n")
        );
        let request = request.with_body("text/plain", b"hello");
        assert!(
            written(&request).ends_with("Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"),
            "{name}"
        );
    }
    let (stream, result) = send(
        Stream::new(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        &Request::new(Method::Head, "a", "/"),
    );
    assert_eq!(
        (stream.written.as_slice(), result),
        (b"HEAD / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: identity\r\n\r\n".as_slice(), Ok(true))
    );
}

#[test]
fn content_length_of_any_number_of_digits() {
    for length in [1, 9, 10, 99, 100, 12345] {
        let body = vec![b'x'; length];
        let sent = written(&Request::new(Method::Post, "a", "/").with_body("text/plain", &body));
        assert!(sent.contains(&format!("\r\nContent-Length: {length}\r\n\r\nx")), "{length}");
    }
}

/// RFC 9110 section 12.5.3: without the field, any coding is acceptable.
#[test]
fn content_coding_is_accepted_only_from_a_caller_who_asks_for_it() {
    let coded = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx";
    let request = Request::new(Method::Get, "a", "/");
    assert!(send(Stream::new(coded), &request).1.is_err());
    let (stream, result) =
        send(Stream::new(coded), &request.with_headers(&[("accept-encoding", "gzip, identity")]));
    assert_eq!(
        (stream.written.as_slice(), result),
        (b"GET / HTTP/1.1\r\nHost: a\r\naccept-encoding: gzip, identity\r\n\r\n".as_slice(), Ok(true))
    );
}

/// RFC 9110 section 8.4: the value is a list.
#[test]
fn first_coding_of_a_list_is_named() {
    for (value, coding) in [
        ("gzip, br", "gzip"),
        ("identity , BR", "br"),
        (",zstd,", "zstd"),
        ("aes128gcm, gzip", "an unknown coding"),
    ] {
        let response = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {value}\r\nContent-Length: 1\r\n\r\nx");
        let (_, result) = send(Stream::new(response.as_bytes()), &Request::new(Method::Get, "a", "/"));
        let expected = HttpErrorKind::Response(ResponseError::ContentCoding(coding));
        assert_eq!(result.map_err(|(kind, _)| kind), Err(expected), "{value}");
    }
    let identity = b"HTTP/1.1 200 OK\r\nContent-Encoding: identity, identity\r\nContent-Length: 1\r\n\r\nx";
    assert_eq!(send(Stream::new(identity), &Request::new(Method::Get, "a", "/")).1, Ok(true));
}

#[test]
fn request_with_close_ends_the_connection() {
    let request = Request::new(Method::Get, "a", "/");
    assert_eq!(send(Stream::new(RESPONSE), &request).1, Ok(true));
    assert_eq!(send(Stream::new(RESPONSE), &request.with_close()).1, Ok(false));
}

#[test]
fn ambiguous_values_are_rejected_before_sending() {
    let request = Request::new(Method::Post, "a", "/");
    let cases = [
        (RequestError::Host, Request::new(Method::Get, "", "/")),
        (RequestError::Host, Request::new(Method::Get, "a b", "/")),
        (RequestError::Host, Request::new(Method::Get, "a\r\nX: y", "/")),
        (RequestError::Host, Request::new(Method::Get, "a/b", "/")),
        (RequestError::Host, Request::new(Method::Get, "u@a", "/")),
        (RequestError::Host, Request::new(Method::Get, "\u{e4}", "/")),
        (RequestError::Target, Request::new(Method::Get, "a", "")),
        (RequestError::Target, Request::new(Method::Get, "a", "*")),
        (RequestError::Target, Request::new(Method::Get, "a", "http://a/")),
        (RequestError::Target, Request::new(Method::Get, "a", "/ HTTP/1.1\r\nX: y\r\n\r\n")),
        (RequestError::Target, Request::new(Method::Get, "a", "/b c")),
        (RequestError::Target, Request::new(Method::Get, "a", "/b\tc")),
        (RequestError::Target, Request::new(Method::Get, "a", "/b#c")),
        (RequestError::Target, Request::new(Method::Get, "a", "/\u{e4}")),
        (RequestError::Target, Request::new(Method::Get, "a", "/\0")),
        (RequestError::Target, Request::new(Method::Get, "a", "/\x7f")),
        (RequestError::Authorization, request.with_authorization(b"")),
        (RequestError::Authorization, request.with_authorization(b"Basic a\r\nX: y")),
        (RequestError::Authorization, request.with_bearer("")),
        (RequestError::Authorization, request.with_bearer("a\nb")),
        (RequestError::Authorization, request.with_bearer("a\u{e4}")),
        (RequestError::ContentType, request.with_body("", b"x")),
        (RequestError::ContentType, request.with_body("text/plain\r\n\r\n", b"x")),
        (RequestError::HeaderName, request.with_headers(&[("A", "b"), ("", "b")])),
        (RequestError::HeaderName, request.with_headers(&[("A:", "b")])),
        (RequestError::HeaderName, request.with_headers(&[("A ", "b")])),
        (RequestError::HeaderName, request.with_headers(&[("A\r\nB", "b")])),
        (RequestError::HeaderName, request.with_headers(&[("\u{e4}", "b")])),
        (RequestError::HeaderValue, request.with_headers(&[("A", "b\rc")])),
        (RequestError::HeaderValue, request.with_headers(&[("A", "b\nc")])),
        (RequestError::HeaderValue, request.with_headers(&[("A", "b\0")])),
        (RequestError::HeaderValue, request.with_headers(&[("A", "\u{e4}")])),
        (RequestError::ReservedHeader, request.with_headers(&[("host", "b")])),
        (RequestError::ReservedHeader, request.with_headers(&[("Content-Length", "5")])),
        (RequestError::ReservedHeader, request.with_headers(&[("TRANSFER-ENCODING", "chunked")])),
        (RequestError::ReservedHeader, request.with_headers(&[("Connection", "upgrade")])),
        (RequestError::ReservedHeader, request.with_headers(&[("Authorization", "Basic x")])),
        (RequestError::ReservedHeader, request.with_headers(&[("Expect", "100-continue")])),
    ];
    for (index, (error, request)) in cases.iter().enumerate() {
        let (stream, result) = send(Stream::new(RESPONSE), request);
        assert_eq!(result, Err((HttpErrorKind::Request(*error), false)), "case {index}");
        assert!(stream.written.is_empty(), "case {index}");
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn partial_writes_are_continued() {
    let request = Request::new(Method::Post, "a", "/").with_bearer("token").with_body("text/plain", b"hello");
    let expected = written(&request);
    for most in [1, 2, 7] {
        let (stream, result) = send(Stream::new(RESPONSE).taking(most).hesitant(), &request);
        assert_eq!((String::from_utf8(stream.written).unwrap(), result), (expected.clone(), Ok(true)));
    }
}

/// Once data was passed to the stream, it may have been sent.
#[test]
fn write_errors_may_have_sent_data() {
    let request = Request::new(Method::Get, "a", "/");
    let calls = 10;
    for sends in 0..calls {
        let stream = || Stream::new(RESPONSE).taking(3);
        let broken = stream().broken_after(sends, Err(ErrorKind::BrokenPipe));
        let error = HttpErrorKind::Stream(ErrorKind::BrokenPipe);
        assert_eq!(send(broken, &request).1, Err((error, true)), "after {sends}");
        let (full, result) = send(stream().broken_after(sends, Ok(0)), &request);
        // The last call is the flush.
        match result {
            Err(error) => assert_eq!(error, (HttpErrorKind::WriteZero, true), "after {sends}"),
            Ok(_) => assert_eq!(full.written.len(), written(&request).len()),
        }
    }
}

/// An `embedded_io_async` stream must not report this; one that does must not crash the device.
#[test]
fn stream_reporting_excess_writes_does_not_panic() {
    let stream = Stream::new(RESPONSE).broken_after(0, Ok(usize::MAX));
    assert_eq!(send(stream, &Request::new(Method::Get, "a", "/")).1, Ok(true));
}

#[test]
fn debug_shows_no_secret() {
    let request = Request::new(Method::Post, "a", "/b?c=sentinel")
        .with_bearer("sentinel")
        .with_headers(&[("X", "sentinel")])
        .with_body("text/plain", b"sentinel");
    assert_eq!(format!("{request:?}"), "POST /b at a, body of 8 bytes");
}
