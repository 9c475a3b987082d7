//! Ten days of service with a fault on each, in small: a token lives for three seconds instead of a day, so that everything that the
//! broker does in ten days happens, and its memory stays what it was.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use genesys_token_sandbox::{
    Behaviour, Certificate, Close, ConnectionFault, DEMO_CLIENT_ID, Host, Response, Sandbox,
};

use crate::broker::{Broker, consumer_of_this_user};
use crate::http_client::Request;

/// The lifetime of a token.
const DAY: Duration = Duration::from_secs(3);
/// Longer than any recovery takes on a loaded machine.
const RECOVERY: Duration = Duration::from_secs(120);
/// By how much the process may be larger in the second half than in the first, in KiB: what a leak in each of its thousands of requests
/// would exceed.
const GROWTH_MAX: u64 = 1024;

/// What goes wrong on a day.
type Fault = fn(&Broker);

const FAULTS: [(&str, Fault); 10] = [
    ("none", |_| {}),
    ("another secret", |broker| rotate(broker, "the-second-secret")),
    ("rate limit as status 400", |broker| {
        broker.sandbox.always(Host::Login, Response::token_rate_limited());
    }),
    ("502 with HTML", |broker| broker.sandbox.always(Host::Login, Response::html_bad_gateway())),
    ("resets", |broker| {
        let reset = Behaviour::Connection(ConnectionFault::Close(Close::Reset));
        broker.sandbox.always(Host::Login, reset);
    }),
    ("an expired certificate", |broker| {
        broker.sandbox.present(Host::Login, Certificate::Expired).unwrap();
        broker.sandbox.close_idle_connections();
    }),
    ("the service's clock steps", |broker| broker.sandbox.advance(Duration::from_secs(86_400))),
    ("the token is revoked", |broker| broker.sandbox.kill_tokens()),
    ("resets of the API", |broker| {
        broker.sandbox.always(Host::Api, Behaviour::CloseUnanswered(Close::Reset));
    }),
    ("a secret again", |broker| rotate(broker, "the-third-secret")),
];

fn rotate(broker: &Broker, secret: &str) {
    broker.sandbox.rotate_secret(DEMO_CLIENT_ID, secret);
    fs::write(broker.directory.path().join("secret"), secret).unwrap();
}

fn repair(broker: &Broker) {
    broker.sandbox.clear_script(Host::Login);
    broker.sandbox.clear_script(Host::Api);
    broker.sandbox.present(Host::Login, Certificate::Valid).unwrap();
}

#[test]
fn ten_days_with_a_fault_on_each_leave_a_working_broker_of_the_same_size() {
    let sandbox = Sandbox::builder().token_lifetime(DAY).without_record();
    let mut broker = Broker::start_with(sandbox, "", &consumer_of_this_user(""));
    let (socket, end, served) = (broker.socket(), AtomicBool::new(false), AtomicUsize::new(0));
    let mut sizes = Vec::new();
    thread::scope(|scope| {
        let consumer = |path: &'static str| {
            let (socket, end, served) = (&socket, &end, &served);
            move || {
                while !end.load(Ordering::Relaxed) {
                    let reply = Request::get(path).over_unix(socket);
                    // Of the service, or of a broker that has no token, or cannot reach the API.
                    assert!([200, 401, 502, 503].contains(&reply.status), "{path}: {reply:?}");
                    served.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(10));
                }
            }
        };
        let consumers = ["/token", "/api/v2/tokens/me", "/metrics"].map(|path| scope.spawn(consumer(path)));
        for (name, fault) in FAULTS {
            fault(&broker);
            thread::sleep(DAY);
            repair(&broker);
            let deadline = Instant::now() + RECOVERY;
            while broker.send(&Request::get("/api/v2/tokens/me")).status != 200 {
                assert!(Instant::now() < deadline, "no recovery after: {name}");
                thread::sleep(Duration::from_millis(50));
            }
            sizes.push(broker.resident_kib());
        }
        end.store(true, Ordering::Relaxed);
        for consumer in consumers {
            consumer.join().unwrap();
        }
    });
    assert!(served.load(Ordering::Relaxed) > 300, "{served:?}");
    let largest = |days: &[u64]| days.iter().copied().max().unwrap_or_default();
    let (first, second) = sizes.split_at(5);
    assert!(largest(second) <= largest(first) + GROWTH_MAX, "KiB at the end of each day: {sizes:?}");
    assert!(broker.stop());
}
