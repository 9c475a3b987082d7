//! Each scripted behaviour once, checked as bytes.

use core::time::Duration;
use std::collections::HashSet;
use std::io::ErrorKind;

use genesys_token_sandbox::{
    Afterwards, Answer, Beginning, Behaviour, Close, ConnectionFault, CutAt, Framing, Host, Response,
    RetryAfter, Sandbox, hostile,
};

use crate::client::{Client, Wire};

const GET: &str = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LAST: &str = "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn clear_text() -> Sandbox {
    Sandbox::builder().clear_text().start_blocking().unwrap()
}

/// Returns all bytes received for one request over a new connection without TLS.
fn bytes_of(sandbox: &Sandbox, behaviour: impl Into<Behaviour>) -> String {
    sandbox.script(Host::Login, behaviour);
    let mut wire = Wire::clear_text(sandbox.login_addr());
    wire.send(LAST);
    String::from_utf8(wire.rest().0).unwrap()
}

fn page() -> Answer {
    Response::new(200).body("text/plain", "abcdefgh").into()
}

#[test]
fn behaviours_are_consumed_in_order_then_answers_are_regular() {
    let sandbox = clear_text();
    sandbox.always(Host::Login, Response::empty_unavailable());
    sandbox.script(Host::Login, Response::html_bad_gateway());
    sandbox.script(Host::Login, Answer::service());
    sandbox.script(Host::Api, Response::new(500));
    let mut wire = Wire::clear_text(sandbox.login_addr());
    let statuses: Vec<u16> = (0..4).map(|_| wire.ask(GET).status).collect();
    assert_eq!(statuses, [502, 404, 503, 503]);
    sandbox.clear_script(Host::Login);
    assert_eq!(wire.ask(GET).status, 404);
    assert_eq!((sandbox.remaining(Host::Login), sandbox.remaining(Host::Api)), (0, 1));
    let record = sandbox.record();
    assert!(record.iter().all(|request| request.connection == 1), "kept alive");
    assert_eq!(record.last().unwrap().status, Some(404));
}

#[test]
fn bodies_are_framed_as_scripted() {
    let sandbox = clear_text();
    let chunked = bytes_of(&sandbox, page().chunked([3, 1]));
    assert!(chunked.contains("\r\nTransfer-Encoding: chunked\r\n"));
    assert!(chunked.ends_with("\r\n\r\n3\r\nabc\r\n1\r\nd\r\n3\r\nefg\r\n1\r\nh\r\n0\r\n\r\n"));
    let whole = bytes_of(&sandbox, page().chunked([]));
    assert!(whole.ends_with("\r\n\r\n8\r\nabcdefgh\r\n0\r\n\r\n"));
    let delimited = bytes_of(&sandbox, page().framed(Framing::CloseDelimited));
    assert!(delimited.ends_with("\r\nConnection: close\r\n\r\nabcdefgh"));
    assert!(!delimited.contains("Content-Length"));
    let larger = bytes_of(&sandbox, page().framed(Framing::Announced(3)));
    assert!(larger.contains("\r\nContent-Length: 3\r\n") && larger.ends_with("\r\n\r\nabcdefgh"));
}

#[test]
fn retry_after_has_both_forms_and_can_be_absent() {
    let sandbox = clear_text();
    let limited = || Response::too_many_requests(42, "id");
    let date = bytes_of(&sandbox, limited().retry_after(RetryAfter::DateIn(Duration::from_secs(42))));
    let value = |name: &str| {
        let line = date.lines().find_map(|line| line.strip_prefix(name));
        httpdate::parse_http_date(line.unwrap()).unwrap()
    };
    assert_eq!(value("Retry-After: "), value("Date: ") + Duration::from_secs(42));
    assert!(!bytes_of(&sandbox, limited().retry_after(None)).contains("Retry-After"));
}

#[test]
fn answers_are_delayed_slow_and_preceded_by_interim_responses() {
    let sandbox = clear_text();
    let short = Duration::from_millis(2);
    let slow = page().delayed(short).pausing_before_body(short).dripping(7, short).after_interim([100, 103]);
    let bytes = bytes_of(&sandbox, slow);
    let start = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n";
    assert!(bytes.starts_with(start) && bytes.ends_with("\r\n\r\nabcdefgh"), "{bytes}");
}

#[test]
fn answers_are_cut_in_head_and_body() {
    let sandbox = clear_text();
    assert_eq!(bytes_of(&sandbox, page().cut(CutAt::Head(12), Close::Notify)), "HTTP/1.1 200");
    let body = bytes_of(&sandbox, page().cut(CutAt::Body(5), Close::Notify));
    assert!(body.contains("\r\nContent-Length: 8\r\n") && body.ends_with("\r\n\r\nabcde"));
    assert!(
        bytes_of(&sandbox, page().chunked([4]).cut(CutAt::Body(2), Close::Notify)).ends_with("\r\n\r\n4\r")
    );
}

#[test]
fn connections_close_in_three_ways() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let end = |close: Close| {
        sandbox.script(Host::Login, page().then(Afterwards::Close(close)));
        let mut wire = client.connect(sandbox.login_addr(), "localhost").unwrap();
        wire.send(GET);
        wire.rest().1.map_err(|error| error.kind())
    };
    assert_eq!(end(Close::Notify), Ok(()));
    assert_eq!(end(Close::Truncate), Err(ErrorKind::UnexpectedEof));
    assert_eq!(end(Close::Reset), Err(ErrorKind::ConnectionReset));
}

#[test]
fn idle_connections_are_closed() {
    let sandbox = clear_text();
    let mut wire = Wire::clear_text(sandbox.login_addr());
    sandbox.script(Host::Login, page().then(Afterwards::CloseIdle(Duration::from_millis(5))));
    assert_eq!(wire.ask(GET).header("Connection"), None);
    assert!(matches!(wire.rest(), (bytes, Ok(())) if bytes.is_empty()));

    let mut wire = Wire::clear_text(sandbox.login_addr());
    wire.ask(GET);
    sandbox.script(Host::Login, Behaviour::CloseUnanswered(Close::Notify));
    wire.send(GET);
    assert!(matches!(wire.rest(), (bytes, Ok(())) if bytes.is_empty()));
    assert_eq!(sandbox.record().last().unwrap().status, None);

    let mut wire = Wire::clear_text(sandbox.login_addr());
    wire.ask(GET);
    sandbox.close_idle_connections();
    assert!(matches!(wire.rest(), (bytes, Ok(())) if bytes.is_empty()));
}

#[test]
fn a_request_can_stay_without_answer() {
    let sandbox = clear_text();
    sandbox.script(Host::Login, Behaviour::NeverAnswer);
    let mut wire = Wire::clear_text(sandbox.login_addr()).with_read_timeout(Duration::from_millis(50));
    wire.send(GET);
    let (bytes, end) = wire.rest();
    assert_eq!(bytes, b"");
    assert!(matches!(end.unwrap_err().kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    assert_eq!(sandbox.record().len(), 1);
}

#[test]
fn connection_faults_apply_before_any_request() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let connect = || client.connect(sandbox.login_addr(), "localhost").map(drop).unwrap_err();
    sandbox.script(Host::Login, ConnectionFault::RefuseTls);
    assert!(connect().to_string().contains("HandshakeFailure"));
    sandbox.script(Host::Login, ConnectionFault::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()));
    assert!(connect().to_string().contains("InvalidContentType"));
    sandbox.script(Host::Login, ConnectionFault::Close(Close::Reset));
    assert!(matches!(connect().kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe));
    sandbox.script(Host::Login, ConnectionFault::Close(Close::Notify));
    assert_eq!(connect().kind(), ErrorKind::UnexpectedEof);
    sandbox.script(Host::Login, ConnectionFault::Silence);
    let mut silent = Wire::clear_text(sandbox.login_addr()).with_read_timeout(Duration::from_millis(50));
    assert!(matches!(silent.rest().1.unwrap_err().kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    assert!(sandbox.connections().iter().all(|connection| connection.beginning == Beginning::Fault));
    assert!(sandbox.record().is_empty());
}

#[test]
fn a_connection_fault_applies_to_the_next_new_connection() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let client = Client::trusting_sandbox(&sandbox);
    let mut kept = client.connect(sandbox.login_addr(), "localhost").unwrap();
    assert_eq!(kept.ask(GET).status, 404);
    sandbox.script(Host::Login, ConnectionFault::RefuseTls);
    kept.send(GET);
    assert_eq!(kept.rest().0, b"");
    assert_eq!(sandbox.remaining(Host::Login), 1);
    assert!(client.connect(sandbox.login_addr(), "localhost").is_err());
    assert_eq!(client.ask(sandbox.login_addr(), GET).status, 404);
}

#[test]
fn a_token_expires_before_its_stated_lifetime() {
    let sandbox = clear_text();
    let request = crate::client::token_request(
        genesys_token_sandbox::DEMO_CLIENT_ID,
        genesys_token_sandbox::DEMO_CLIENT_SECRET,
        "grant_type=client_credentials",
    );
    sandbox.script(Host::Login, Answer::short_lived_token(Duration::from_secs(60)));
    let answer = Wire::clear_text(sandbox.login_addr()).ask(&request);
    assert_eq!((answer.json()["expires_in"].as_u64(), sandbox.live_tokens()), (Some(86_399), 1));
    sandbox.advance(Duration::from_secs(60));
    assert_eq!(sandbox.live_tokens(), 0);
}

#[test]
fn hostile_answers_arrive_completely() {
    let sandbox = clear_text();
    let mut names = HashSet::new();
    for (name, behaviour) in hostile() {
        assert!(names.insert(name), "duplicate name {name}");
        let bytes = bytes_of(&sandbox, behaviour);
        let size = bytes.len();
        assert!(bytes.contains("hostile") || bytes.contains("102 Processing"), "{name}: {size} bytes");
        assert_eq!(name.contains("endless"), size > 2_000_000, "{name}: {size} bytes");
    }
}

#[test]
fn malformed_requests_are_refused_and_recorded() {
    let sandbox = clear_text();
    let malformed = [
        "NONSENSE\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ];
    for request in malformed {
        assert_eq!(Wire::clear_text(sandbox.login_addr()).ask(request).status, 400, "{request}");
    }
    assert_eq!(sandbox.record().len(), malformed.len());
}
