//! Slow, idle and hostile consumers do not affect others.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use genesys_token_sandbox::{Answer, Host, Sandbox};

use crate::broker::{Broker, consumer_of_this_user};
use crate::http_client::Request;

#[test]
fn idle_and_half_open_connections_do_not_block_others() {
    let broker = Broker::start(&consumer_of_this_user(""));
    let mut idle: Vec<_> = (0..500).map(|_| UnixStream::connect(broker.socket()).unwrap()).collect();
    for stream in idle.iter_mut().take(100) {
        stream.write_all(b"GET /tok").unwrap();
    }
    assert_eq!(broker.send(&Request::get("/token")).status, 200);
}

#[test]
fn connections_that_send_nothing_are_closed() {
    let broker = Broker::start_with(
        Sandbox::builder(),
        "[limits]\nidle_timeout = \"1s\"\n",
        &consumer_of_this_user(""),
    );
    for first in [&b""[..], b"GET /token HTTP/1.1\r\nHost:"] {
        let mut stream = UnixStream::connect(broker.socket()).unwrap();
        stream.write_all(first).unwrap();
        let mut rest = Vec::new();
        // Reads until the broker closes.
        let _ = stream.read_to_end(&mut rest);
    }
    assert_eq!(broker.send(&Request::get("/token")).status, 200);
}

#[test]
fn one_peer_has_a_limit_of_connections() {
    let mut broker = Broker::start_with(
        Sandbox::builder(),
        "[limits]\nconnections_per_peer = 3\n",
        &consumer_of_this_user(""),
    );
    let kept: Vec<_> = (0..3).map(|_| UnixStream::connect(broker.socket()).unwrap()).collect();
    let mut refused = UnixStream::connect(broker.socket()).unwrap();
    broker.wait_for_log("connections_per_peer");
    assert_eq!(refused.read(&mut [0; 1]).unwrap_or(0), 0, "closed without an answer");
    drop(kept);
}

#[test]
fn ambiguous_or_oversized_requests_are_rejected() {
    let broker = Broker::start(&consumer_of_this_user(""));
    let oversized = format!("GET /token HTTP/1.1\r\nHost: b\r\nX: {}\r\n\r\n", "x".repeat(40_000));
    // RFC 9112 section 6.3: several different lengths are an unrecoverable error.
    let lengths =
        "POST /oauth/token HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!";
    for request in [oversized.as_str(), lengths, "not HTTP at all\r\n\r\n"] {
        let mut stream = UnixStream::connect(broker.socket()).unwrap();
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    }
    assert_eq!(broker.send(&Request::get("/token")).status, 200);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let broker = Broker::start(&consumer_of_this_user(""));
    let mut stream = UnixStream::connect(broker.socket()).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: b\r\n\r\nGET /elsewhere HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (first, second) = (answer.find("200 OK"), answer.find("404 Not Found"));
    assert!(first.is_some() && first < second, "{answer}");
}

/// Far more than any consumer needs; a program that leaks connections opens as many.
const IDLE: usize = 10_000;

#[test]
fn ten_thousand_idle_connections_do_not_block_others() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    assert!(hard > 11_000, "this test needs 11,000 open files, and the hard limit is {hard}");
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    let limits = "[limits]\nconnections_per_peer = 10500\nidle_timeout = \"1h\"\n";
    let broker = Broker::start_with(Sandbox::builder(), limits, &consumer_of_this_user(""));
    let before = broker.resident_kib();
    let idle: Vec<_> = (0..IDLE).map(|_| UnixStream::connect(broker.socket()).unwrap()).collect();
    assert_eq!(broker.send(&Request::get("/token")).status, 200);
    // All connections are accepted, since the request was queued after them.
    let open = broker.send(&Request::get("/metrics")).body;
    let open = open.lines().find_map(|line| line.strip_prefix("genesys_token_broker_connections "));
    assert!(open.and_then(|count| count.parse().ok()).is_some_and(|count: usize| count > IDLE), "{open:?}");
    let each = (broker.resident_kib() - before) * 1024 / IDLE as u64;
    // The mark of a release build is 3 KiB; this one is not optimised.
    assert!(each <= 6 * 1024, "{each} bytes for a connection that has sent nothing");
    drop(idle);
    assert_eq!(broker.send(&Request::get("/token")).status, 200);
}

#[test]
fn a_head_that_arrives_byte_by_byte_ends_at_the_limit() {
    let limits = "[limits]\nidle_timeout = \"1s\"\n";
    let broker = Broker::start_with(Sandbox::builder(), limits, &consumer_of_this_user(""));
    let mut slow = UnixStream::connect(broker.socket()).unwrap();
    slow.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut bytes = b"GET /token HTTP/1.1\r\nX: ".iter().chain(std::iter::repeat(&b'x'));
    let end = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        let next = bytes.next().copied().unwrap_or_default();
        if slow.write_all(&[next]).is_err() || matches!(slow.read(&mut [0; 64]), Ok(0)) {
            break;
        }
        assert!(std::time::Instant::now() < end, "the broker still waits for the head");
        assert_eq!(broker.send(&Request::get("/healthz")).status, 200);
    }
}

#[test]
fn a_body_that_never_arrives_does_not_hold_its_consumer() {
    let limits = "[limits]\nidle_timeout = \"1s\"\n";
    let broker = Broker::start_with(Sandbox::builder(), limits, &consumer_of_this_user(""));
    for head in [
        "POST /oauth/token HTTP/1.1\r\nHost: b\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 29\r\n\r\ngrant",
        "POST /api/v2/echo HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n\r\n",
    ] {
        let mut stream = UnixStream::connect(broker.socket()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}

#[test]
fn two_framings_of_one_request_are_not_both_believed() {
    let broker = Broker::start(&consumer_of_this_user(""));
    let request = "POST /oauth/token HTTP/1.1\r\nHost: b\r\nContent-Type: application/x-www-form-urlencoded\r\n\
        Content-Length: 29\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /token HTTP/1.1\r\nHost: b\r\n\r\n";
    let mut stream = UnixStream::connect(broker.socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    // RFC 9112 section 6.3: an error, or chunked with the connection closed behind it. What follows is never another request.
    assert!(!answer.contains("200 OK"), "{answer}");
}

#[test]
fn a_request_that_the_service_does_not_answer_ends_at_the_limit() {
    let limits = "[limits]\nrequest_timeout = \"1s\"\n";
    let broker = Broker::start_with(Sandbox::builder(), limits, &consumer_of_this_user(""));
    assert_eq!(broker.send(&Request::get("/token")).status, 200);
    broker.sandbox.script(Host::Api, Answer::service().delayed(Duration::from_secs(600)));
    let mut stream = UnixStream::connect(broker.socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    // The connection's next request has its own limit.
    for status in ["504", "200"] {
        stream.write_all(b"GET /api/v2/organizations/me HTTP/1.1\r\nHost: b\r\n\r\n").unwrap();
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).unwrap();
        let answer = String::from_utf8_lossy(&bytes[..count]);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
}
