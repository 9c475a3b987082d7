//! Slow, idle and hostile consumers do not affect others.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use genesys_token_sandbox::Sandbox;

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
        // Ends when the broker closes.
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
