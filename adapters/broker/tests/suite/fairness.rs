//! One rate limit, several consumers: one that sends too much waits, the others do not.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use genesys_token_sandbox::{Client, Host, RateLimit, Sandbox};

use crate::broker::{Broker, LOCAL_SECRET, TCP, consumer_of_this_user, consumer_with_secret};
use crate::http_client::Request;

/// Requests of one window.
const WINDOW: u32 = 40;

#[test]
fn a_consumer_that_floods_does_not_hold_up_another() {
    let client = Client::demo().with_permissions(&["directory:user:view"]);
    let limit = RateLimit { requests: WINDOW, window: Duration::from_secs(8) };
    let sandbox = Sandbox::builder().client(client).api_rate_limit(limit);
    let consumers = consumer_of_this_user("") + &consumer_with_secret("access = \"forward\"");
    let broker = Broker::start_with(sandbox, TCP, &consumers);
    let own = Request::token("/oauth/token", "grant_type=client_credentials")
        .basic("remote-id", LOCAL_SECRET)
        .over_tcp(broker.tcp());
    let own = own.json()["access_token"].as_str().unwrap().to_owned();
    let quiet = Request::get("/api/v2/users?pageSize=1").header(&format!("Authorization: Bearer {own}"));
    let (socket, address) = (broker.socket(), broker.tcp());
    assert_eq!(quiet.over_tcp(address).status, 200, "the consumer is active");

    let (sent, end) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !end.load(Ordering::Relaxed) {
                    let reply = Request::get("/api/v2/users?pageSize=1").over_unix(&socket);
                    assert_eq!(reply.status, 200, "{reply:?}");
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // The flood has used its share when its requests no longer end.
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut before = (0, Instant::now());
        while before.0 == 0 || before.1.elapsed() < Duration::from_secs(1) {
            let now = sent.load(Ordering::Relaxed);
            if now != before.0 {
                before = (now, Instant::now());
            }
            assert!(Instant::now() < deadline, "the flood never waits");
            thread::sleep(Duration::from_millis(20));
        }
        let flood_before = sent.load(Ordering::Relaxed);
        for _ in 0..5 {
            assert_eq!(quiet.over_tcp(address).status, 200);
        }
        let flood_meanwhile = sent.load(Ordering::Relaxed) - flood_before;
        end.store(true, Ordering::Relaxed);
        // Either all within the window in which the flood waits, or the next one has begun, and then the flood had its share first.
        assert!(flood_meanwhile <= WINDOW as usize, "{flood_meanwhile}");
    });
    let refused = broker.sandbox.record();
    let refused = refused.iter().filter(|r| r.host == Host::Api && r.status == Some(429)).count();
    assert_eq!(refused, 0, "the broker keeps within the limit, so that no request is refused");
}
