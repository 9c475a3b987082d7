//! A kept connection to the Platform API that ends while a request is on its way (RFC 9112 section 9.3.1, RFC 9110 section 9.2.2).

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use genesys_token_sandbox::{Answer, Behaviour, Close, CutAt, Host, Received};

use crate::broker::{Broker, consumer_of_this_user};
use crate::http_client::Request;

const CLOSES: [Close; 3] = [Close::Notify, Close::Truncate, Close::Reset];

/// Returns a broker that has one kept connection to the Platform API, and no request on record.
fn broker_with_a_kept_connection() -> Broker {
    let broker = Broker::start(&consumer_of_this_user(""));
    assert_eq!(get(&broker), 200);
    broker.sandbox.clear_record();
    broker
}

fn get(broker: &Broker) -> u16 {
    broker.send(&Request::get("/api/v2/tokens/me")).status
}

fn lose_next(broker: &Broker, close: Close) {
    broker.sandbox.script(Host::Api, Behaviour::CloseUnanswered(close));
}

fn api_requests(broker: &Broker) -> Vec<Received> {
    broker.sandbox.record().into_iter().filter(|request| request.host == Host::Api).collect()
}

#[test]
fn an_idempotent_request_is_sent_again_over_a_fresh_connection() {
    for close in CLOSES {
        let broker = broker_with_a_kept_connection();
        lose_next(&broker, close);
        assert_eq!(get(&broker), 200, "{close:?}");
        assert_eq!(api_requests(&broker).len(), 2, "{close:?}");

        let broker = broker_with_a_kept_connection();
        lose_next(&broker, close);
        let put = Request::post("/api/v2/echo", "text/plain", "a small body").method("PUT");
        let reply = broker.send(&put);
        assert!(reply.status == 200 && reply.body.contains("a small body"), "{close:?}: {reply:?}");
        assert_eq!(api_requests(&broker).len(), 2, "{close:?}");
    }
}

#[test]
fn the_second_time_no_kept_connection_is_used() {
    let broker = broker_with_a_kept_connection();
    // Two at once: from now on there are two kept connections.
    for _ in 0..2 {
        broker.sandbox.script(Host::Api, Answer::service().delayed(Duration::from_secs(1)));
    }
    let socket = broker.socket();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(Request::get("/api/v2/tokens/me").over_unix(&socket).status, 200));
        }
    });
    let kept: Vec<_> = api_requests(&broker).iter().map(|request| request.connection).collect();
    assert!(kept[0] != kept[1], "{kept:?}");
    broker.sandbox.clear_record();
    lose_next(&broker, Close::Truncate);
    assert_eq!(get(&broker), 200);
    let used: Vec<_> = api_requests(&broker).iter().map(|request| request.connection).collect();
    assert!(used.len() == 2 && kept.contains(&used[0]) && !kept.contains(&used[1]), "{kept:?}, {used:?}");
}

#[test]
fn a_request_that_is_not_idempotent_or_was_lost_twice_is_not_sent_again() {
    for close in CLOSES {
        let broker = broker_with_a_kept_connection();
        lose_next(&broker, close);
        assert_eq!(
            broker.send(&Request::post("/api/v2/echo", "text/plain", "once")).status,
            502,
            "{close:?}"
        );
        assert_eq!(api_requests(&broker).len(), 1, "{close:?}");

        // A fresh connection: the peer cannot have closed it as idle.
        broker.sandbox.clear_record();
        lose_next(&broker, close);
        assert_eq!(get(&broker), 502, "{close:?}");
        assert_eq!(api_requests(&broker).len(), 1, "{close:?}");

        assert_eq!(get(&broker), 200);
        broker.sandbox.clear_record();
        lose_next(&broker, close);
        lose_next(&broker, close);
        assert_eq!(get(&broker), 502, "{close:?}");
        assert_eq!(api_requests(&broker).len(), 2, "{close:?}");
    }
}

#[test]
fn a_body_that_is_not_kept_is_not_sent_again() {
    let broker = broker_with_a_kept_connection();
    lose_next(&broker, Close::Truncate);
    let large = Request::post("/api/v2/echo", "text/plain", &"x".repeat(200_000)).method("PUT");
    assert_eq!(broker.send(&large).status, 502);
    assert_eq!(api_requests(&broker).len(), 1);
}

#[test]
fn a_response_that_has_begun_is_not_asked_for_again() {
    for at in [CutAt::Head(1), CutAt::Head(20)] {
        let broker = broker_with_a_kept_connection();
        broker.sandbox.script(Host::Api, Answer::service().cut(at, Close::Truncate));
        assert_eq!(get(&broker), 502, "{at:?}");
        assert_eq!(api_requests(&broker).len(), 1, "{at:?}");
    }
}

#[test]
fn a_request_that_was_never_written_is_sent_whatever_its_method_is() {
    let broker = broker_with_a_kept_connection();
    broker.sandbox.close_idle_connections();
    wait_until_closed(broker.sandbox.api_addr().port());
    let reply = broker.send(&Request::post("/api/v2/echo", "text/plain", "once"));
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(api_requests(&broker).len(), 1);
}

/// Waits until no process has an open connection to this port: the broker has noticed the end of its own.
fn wait_until_closed(port: u16) {
    // Remote address and state of proc_net_tcp(5): 01 is ESTABLISHED, 08 CLOSE_WAIT.
    let is_open = |line: &str| {
        let mut fields = line.split_whitespace().skip(2);
        fields.next().is_some_and(|remote| remote.ends_with(&format!(":{port:04X}")))
            && fields.next().is_some_and(|state| matches!(state, "01" | "08"))
    };
    let end = Instant::now() + Duration::from_secs(60);
    while fs::read_to_string("/proc/net/tcp").unwrap().lines().any(is_open) {
        assert!(Instant::now() < end, "the connection is still open");
        thread::sleep(Duration::from_millis(10));
    }
}
