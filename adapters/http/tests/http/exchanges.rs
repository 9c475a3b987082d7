//! Exchanges: connection reuse, buffers, deadlines, and dropped futures.

use core::cell::Cell;
use core::future::{Future, pending, poll_fn, ready};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_io_async::ErrorKind;
use futures_lite::future::block_on;
use genesys_token_http::{
    Buffers, Connection, HttpErrorKind, MIN_HEAD_BUFFER, Method, Request, ResponseError, ResponsePart, SPARE,
};

use crate::case::{BODY, HEAD};
use http_reference::{End, Stream};

const REQUEST: Request<'_> = Request::new(Method::Get, "a", "/");
const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

/// Buffers with old content that must not remain.
struct Memory {
    head: [u8; HEAD],
    body: [u8; BODY],
}

impl Memory {
    const fn new() -> Self {
        Self { head: [0xaa; HEAD], body: [0xaa; BODY] }
    }

    const fn buffers(&mut self) -> Buffers<'_> {
        Buffers { head: &mut self.head, body: &mut self.body }
    }

    fn is_wiped(&self) -> bool {
        self.head.iter().chain(&self.body).all(|&byte| byte == 0)
    }
}

#[test]
fn headers_are_passed_to_core() {
    let bytes = b"HTTP/1.1 429 Too Many\r\nRetry-After: 42\r\nContent-Type: application/json\r\nX:  a: b \t\r\nx:c\r\n\
        Empty:\r\nContent-Length: 2\r\n\r\n{}";
    let (mut memory, mut connection) = (Memory::new(), Connection::new(Stream::new(bytes)));
    let response = block_on(connection.exchange(&REQUEST, memory.buffers(), pending())).unwrap();
    let head = response.head();
    assert_eq!(head.status(), 429);
    assert_eq!(head.retry_after().unwrap().as_secs(), 42);
    assert_eq!(response.headers.clone().count(), 6);
    let expected: (&[u8], &[u8]) = (b"X", b"a: b");
    assert_eq!(response.headers.clone().nth(2), Some(expected));
    assert_eq!(response.headers.value("X"), Some(b"a: b".as_slice()));
    assert_eq!(response.headers.value("empty"), Some(b"".as_slice()));
    assert_eq!(response.headers.value("Y"), None);
    assert_eq!(format!("{response:?}"), "Response { status: 429, body_len: 2, keep_alive: true, .. }");
    assert_eq!(format!("{:?}", response.headers), "Headers { count: 6, .. }");
}

/// A refusal is returned however much of its body fits. A 2xx response is complete or an error.
#[test]
fn refusal_head_is_returned_with_incomplete_body() {
    let too_large = |needed| ResponseError::TooLarge { part: ResponsePart::Body, needed, capacity: BODY };
    let long = "x".repeat(BODY + 1);
    for (rest, cut) in [
        (format!("Content-Length: 65\r\n\r\n{long}"), Some(too_large(Some(65)))),
        (format!("\r\n{long}"), Some(too_large(None))),
        ("Content-Length: 5\r\n\r\nhel".to_owned(), Some(ResponseError::Truncated)),
        ("Transfer-Encoding: chunked\r\n\r\n5 \r\nhello".to_owned(), Some(ResponseError::ChunkSize)),
        ("Content-Length: 5\r\n\r\nhello".to_owned(), None),
    ] {
        for status in [200, 299, 300, 401, 503] {
            let bytes = format!("HTTP/1.1 {status} X\r\nRetry-After: 3\r\n{rest}");
            let (mut memory, mut connection) =
                (Memory::new(), Connection::new(Stream::new(bytes.as_bytes())));
            let result = block_on(connection.exchange(&REQUEST, memory.buffers(), pending()));
            match result.map_err(|error| error.kind) {
                Ok(response) => {
                    assert_eq!((response.status, response.cut), (status, cut));
                    assert_eq!(response.head().retry_after().unwrap().as_secs(), 3);
                    assert_eq!(response.keep_alive, cut.is_none());
                    assert!(cut.is_none() || status >= 300);
                }
                Err(error) => {
                    assert_eq!(Some(error), cut.map(HttpErrorKind::Response));
                    assert!(status < 300);
                }
            }
            assert_eq!(connection.is_reusable(), cut.is_none());
        }
    }
}

#[test]
fn truncated_refusal_is_a_refusal() {
    for end in [End::Closed, End::Error(ErrorKind::ConnectionReset), End::Silent] {
        for status in [200, 503] {
            let bytes = format!("HTTP/1.1 {status} X\r\nContent-Length: 5\r\n\r\nhel");
            let (mut memory, mut connection) =
                (Memory::new(), Connection::new(Stream::new(bytes.as_bytes()).ending(end)));
            let deadline = async {
                for _ in 0..3 {
                    futures_lite::future::yield_now().await;
                }
            };
            let result = block_on(connection.exchange(&REQUEST, memory.buffers(), deadline));
            match result.map_err(|error| error.kind) {
                Ok(response) => {
                    assert_eq!((response.status, response.cut), (503, Some(ResponseError::Truncated)));
                }
                Err(HttpErrorKind::Response(ResponseError::Truncated)) => assert_eq!(end, End::Closed),
                Err(HttpErrorKind::Stream(error)) => assert_eq!(end, End::Error(error)),
                Err(HttpErrorKind::Deadline) => assert_eq!(end, End::Silent),
                Err(other) => panic!("{other}"),
            }
            assert!(!connection.is_reusable() && (status == 503 || memory.is_wiped()));
        }
    }
}

#[test]
fn response_without_headers() {
    let (mut memory, mut connection) =
        (Memory::new(), Connection::new(Stream::new(b"HTTP/1.1 200 OK\r\n\r\nhello")));
    let response = block_on(connection.exchange(&REQUEST, memory.buffers(), pending())).unwrap();
    assert_eq!((response.headers.count(), &*response.body), (0, b"hello".as_slice()));
}

/// After the exchange the buffers hold the response only.
#[test]
fn head_buffer_holds_no_body_bytes_afterwards() {
    for pieces in [[usize::MAX], [7], [1]] {
        let (mut memory, stream) = (Memory::new(), Stream::new(CHUNKED).in_pieces(&pieces));
        let response =
            block_on(Connection::new(stream).exchange(&REQUEST, memory.buffers(), pending())).unwrap();
        assert_eq!(response.body, b"hello");
        let end = memory.head.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
        assert!(memory.head[end..].iter().all(|&byte| byte == 0));
        assert!(memory.body[5..].iter().all(|&byte| byte == 0xaa), "what was not used was not touched");
    }
}

#[test]
fn connection_is_reused() {
    let (mut memory, mut connection) = (Memory::new(), Connection::new(Stream::new(b"")));
    for round in 0..3 {
        let mut stream = connection.into_stream();
        stream.push(if round == 1 { CHUNKED } else { RESPONSE });
        connection = Connection::new(stream.ending(End::Silent));
        let response = block_on(connection.exchange(&REQUEST, memory.buffers(), pending())).unwrap();
        assert_eq!((&*response.body, response.keep_alive), (b"hello".as_slice(), true));
    }
    let mut connection = Connection::new(Stream::new(&[RESPONSE, CHUNKED].concat()).in_pieces(&[1]));
    for _ in 0..2 {
        assert!(connection.is_reusable());
        let response = block_on(connection.exchange(&REQUEST, memory.buffers(), pending())).unwrap();
        assert_eq!(response.body, b"hello");
    }
    // The server has closed it.
    let error = block_on(connection.exchange(&REQUEST, memory.buffers(), pending())).unwrap_err();
    assert_eq!((error.kind, error.sent), (HttpErrorKind::Closed, true));
}

#[test]
fn ended_connection_sends_nothing() {
    let over: [&[u8]; 4] = [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more",
        b"HTTP/1.1 200 OK\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
    ];
    for bytes in over {
        let (mut memory, mut connection) = (Memory::new(), Connection::new(Stream::new(bytes)));
        let _ = block_on(connection.exchange(&REQUEST, memory.buffers(), pending()));
        assert!(!connection.is_reusable());
        let mut memory = Memory::new();
        let error = block_on(connection.exchange(&REQUEST, memory.buffers(), pending())).unwrap_err();
        assert_eq!((error.kind, error.sent), (HttpErrorKind::NotReusable, false));
        assert!(memory.is_wiped() && error.to_string().ends_with("(nothing of the request was sent)"));
        assert_eq!(
            connection.into_stream().written,
            b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: identity\r\n\r\n"
        );
    }
}

#[test]
fn head_buffer_below_minimum_is_rejected_before_sending() {
    for (length, fits) in [(0, false), (MIN_HEAD_BUFFER - 1, false), (MIN_HEAD_BUFFER, true)] {
        let (mut head, mut body) = (vec![0; length], [0; 5]);
        let mut connection = Connection::new(Stream::new(RESPONSE));
        let buffers = Buffers { head: &mut head, body: &mut body };
        let result = block_on(connection.exchange(&REQUEST, buffers, pending()));
        match result.map_err(|error| (error.kind, error.sent)) {
            Ok(response) => assert!(fits && response.body == b"hello"),
            Err((HttpErrorKind::Buffer(error), false)) => {
                assert_eq!((error.needed, error.capacity, fits), (MIN_HEAD_BUFFER, length, false));
                assert!(connection.into_stream().written.is_empty());
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn empty_body_buffer_accepts_empty_body_only() {
    let mut head = [0; HEAD];
    for (bytes, fits) in [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".as_slice(), true),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true),
        (b"HTTP/1.1 200 OK\r\n\r\n", true),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", false),
        (b"HTTP/1.1 200 OK\r\n\r\nx", false),
    ] {
        let buffers = Buffers { head: &mut head, body: &mut [] };
        let result = block_on(Connection::new(Stream::new(bytes)).exchange(&REQUEST, buffers, pending()));
        assert_eq!(result.is_ok(), fits);
    }
}

/// Polls until the future is ready, at most this often.
fn poll<T>(future: impl Future<Output = T>, times: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..times {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
    }
    None
}

#[test]
fn future_dropped_at_any_await_wipes_buffers() {
    for bytes in [RESPONSE, CHUNKED, b"HTTP/1.1 200 OK\r\n\r\nhello"] {
        let mut drops = 0;
        loop {
            let mut memory = Memory::new();
            let stream = Stream::new(bytes).in_pieces(&[7]).taking(5).hesitant();
            let mut connection = Connection::new(stream);
            if poll(connection.exchange(&REQUEST, memory.buffers(), pending()), drops).is_some() {
                break;
            }
            // A future that was never polled has changed nothing.
            assert_eq!(connection.is_reusable(), drops == 0);
            if drops > 0 {
                assert!(memory.is_wiped(), "dropped after {drops} polls");
            }
            drops += 1;
        }
        assert!(drops > 10, "it was dropped at {drops} places");
    }
}

#[test]
fn dropped_exchange_makes_connection_unusable() {
    let mut connection = Connection::new(Stream::new(b"").ending(End::Silent));
    let mut memory = Memory::new();
    assert!(poll(connection.exchange(&REQUEST, memory.buffers(), pending()), 3).is_none());
    let error = poll(connection.exchange(&REQUEST, memory.buffers(), pending()), 1).unwrap().unwrap_err();
    assert_eq!((error.kind, error.sent), (HttpErrorKind::NotReusable, false));
}

#[test]
fn passed_deadline_sends_nothing() {
    let (mut memory, mut connection) = (Memory::new(), Connection::new(Stream::new(RESPONSE)));
    let error = block_on(connection.exchange(&REQUEST, memory.buffers(), ready(()))).unwrap_err();
    assert_eq!((error.kind, error.sent), (HttpErrorKind::Deadline, false));
    assert!(!connection.is_reusable() && connection.into_stream().written.is_empty());
}

/// The deadline passes after this many polls: the peer's pace cannot delay it.
#[test]
fn deadline_ends_exchange_at_any_position() {
    for polls in 1..30 {
        for stream in [
            Stream::new(b"").ending(End::Silent),
            Stream::new(&RESPONSE[..RESPONSE.len() - 1]).ending(End::Silent).in_pieces(&[1]).hesitant(),
        ] {
            let left = Cell::new(polls);
            let deadline = poll_fn(|context| {
                left.set(left.get() - 1);
                context.waker().wake_by_ref();
                if left.get() == 0 { Poll::Ready(()) } else { Poll::Pending }
            });
            let (mut memory, mut connection) = (Memory::new(), Connection::new(stream));
            let error = block_on(connection.exchange(&REQUEST, memory.buffers(), deadline)).unwrap_err();
            assert_eq!(error.kind, HttpErrorKind::Deadline);
            assert_eq!(error.sent, polls > 1);
            assert!(memory.is_wiped() && !connection.is_reusable());
        }
    }
}

/// An `embedded_io_async` stream must not report this; one that does must not crash the device.
#[test]
fn stream_reporting_excess_reads_does_not_panic() {
    struct Liar;
    impl embedded_io_async::ErrorType for Liar {
        type Error = ErrorKind;
    }
    impl embedded_io_async::Read for Liar {
        async fn read(&mut self, _: &mut [u8]) -> Result<usize, ErrorKind> {
            Ok(usize::MAX)
        }
    }
    impl embedded_io_async::Write for Liar {
        async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
            Ok(bytes.len())
        }
        async fn flush(&mut self) -> Result<(), ErrorKind> {
            Ok(())
        }
    }
    let mut memory = Memory::new();
    let error = block_on(Connection::new(Liar).exchange(&REQUEST, memory.buffers(), pending())).unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::Response(ResponseError::NotHttp));
}

/// A response that never ends is ended by its limits.
#[test]
fn endless_streams_are_bounded() {
    let endless: [(&[u8], &[u8]); 5] = [
        (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;extension\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n"),
    ];
    for (beginning, again) in endless {
        let bytes = [beginning, &again.repeat(10_000)].concat();
        let (mut memory, mut connection) = (Memory::new(), Connection::new(Stream::new(&bytes)));
        let error = block_on(connection.exchange(&REQUEST, memory.buffers(), pending())).unwrap_err();
        assert!(matches!(
            error.kind,
            HttpErrorKind::Response(ResponseError::TooLarge { .. } | ResponseError::Interim)
        ));
        assert!(connection.into_stream().left() > 5_000);
    }
}

#[test]
fn errors_say_what_to_do() {
    let (mut memory, mut connection) =
        (Memory::new(), Connection::new(Stream::new(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")));
    let error = block_on(connection.exchange(&REQUEST, memory.buffers(), pending())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the body of the response has 4000 bytes, the limit is 64; use a larger buffer, or request less \
         (the request may have reached the server)"
    );
}

/// A head as the service sends it, behind CloudFront with all that it adds, response headers policy and `Server-Timing` included. The
/// values have the lengths of real ones.
const HEAD_BEHIND_CLOUDFRONT: &str = "HTTP/1.1 200 OK\r\n\
    Content-Type: application/json;charset=UTF-8\r\n\
    Content-Length: 2\r\n\
    Connection: keep-alive\r\n\
    Date: Mon, 30 Nov 2026 12:00:00 GMT\r\n\
    Cache-Control: no-cache, no-store, must-revalidate\r\n\
    Pragma: no-cache\r\n\
    Expires: 0\r\n\
    inin-ratelimit-count: 12\r\n\
    inin-ratelimit-allowed: 300\r\n\
    inin-ratelimit-reset: 48\r\n\
    ININ-Correlation-Id: 3f1b2a60-4b0e-4f4e-9a0a-1c2d3e4f5a6b\r\n\
    Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n\
    X-Content-Type-Options: nosniff\r\n\
    X-Frame-Options: SAMEORIGIN\r\n\
    X-XSS-Protection: 1; mode=block\r\n\
    Referrer-Policy: strict-origin-when-cross-origin\r\n\
    Vary: Accept-Encoding, Origin\r\n\
    X-Cache: Miss from cloudfront\r\n\
    Via: 1.1 0123456789abcdef0123456789abcdef.cloudfront.net (CloudFront)\r\n\
    X-Amz-Cf-Pop: FRA60-P10\r\n\
    X-Amz-Cf-Id: 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST==\r\n\
    Alt-Svc: h3=\":443\"; ma=86400\r\n\
    Server-Timing: cdn-cache-miss,cdn-pop;desc=\"FRA60-P10\",cdn-rid;\
desc=\"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST==\",cdn-upstream-layer;desc=\"EDGE\",\
cdn-upstream-dns;dur=0,cdn-upstream-connect;dur=12,cdn-upstream-fbl;dur=131\r\n\r\n";

/// The smallest preset of the device client has 1536 bytes, of which 64 stay free.
#[test]
fn head_behind_cloudfront_fits_in_the_smallest_preset() {
    let bytes = [HEAD_BEHIND_CLOUDFRONT, "{}"].concat();
    let (mut head, mut body) = ([0; 1536], [0; 2]);
    let buffers = Buffers { head: &mut head, body: &mut body };
    let mut connection = Connection::new(Stream::new(bytes.as_bytes()));
    let response = block_on(connection.exchange(&REQUEST, buffers, pending())).unwrap();
    assert_eq!(response.body, b"{}");
}

/// The size that the error reports is the one that is sufficient.
#[test]
fn buffer_of_the_reported_size_is_sufficient() {
    let bytes = [HEAD_BEHIND_CLOUDFRONT, "{}"].concat();
    let (mut head, mut body) = (vec![0; MIN_HEAD_BUFFER], [0; 2]);
    let buffers = Buffers { head: &mut head, body: &mut body };
    let mut connection = Connection::new(Stream::new(bytes.as_bytes()));
    let error = block_on(connection.exchange(&REQUEST, buffers, pending())).unwrap_err();
    let HttpErrorKind::Response(ResponseError::TooLarge {
        part: ResponsePart::Head,
        needed: Some(needed),
        capacity,
    }) = error.kind
    else {
        panic!("{error:?}")
    };
    assert_eq!((needed, capacity), (HEAD_BEHIND_CLOUDFRONT.len() as u64, MIN_HEAD_BUFFER - SPARE));
    head.resize(HEAD_BEHIND_CLOUDFRONT.len() + SPARE, 0);
    let buffers = Buffers { head: &mut head, body: &mut body };
    let mut connection = Connection::new(Stream::new(bytes.as_bytes()));
    block_on(connection.exchange(&REQUEST, buffers, pending())).unwrap();
}
