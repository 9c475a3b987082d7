//! Reload, end and restart.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use genesys_token_sandbox::{Answer, Host, Sandbox};
use nix::sys::signal::Signal;

use crate::broker::{Broker, consumer_of_this_user};
use crate::http_client::Request;

#[test]
fn a_reload_keeps_tokens_and_connections() {
    let mut broker = Broker::start(&consumer_of_this_user(""));
    let before = broker.send(&Request::get("/token")).body;
    let mut connection = UnixStream::connect(broker.socket()).unwrap();
    let ask = |connection: &mut UnixStream| {
        connection.write_all(b"GET /healthz HTTP/1.1\r\nHost: b\r\n\r\n").unwrap();
        let mut bytes = [0; 512];
        let count = connection.read(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    };
    assert!(ask(&mut connection).contains("200 OK"));
    broker.write_config("", &(consumer_of_this_user("") + "[consumers.more]\nusers = [\"65534\"]\n"));
    broker.wait_for_log("was reloaded");
    assert!(ask(&mut connection).contains("200 OK"));
    assert_eq!(broker.send(&Request::get("/token")).body, before);
    broker.signal(Signal::SIGHUP);
    broker.wait_for_log("was reloaded");
    assert_eq!(broker.send(&Request::get("/token")).body, before);
    assert_eq!(broker.sandbox.record().iter().filter(|request| request.path() == "/oauth/token").count(), 1);
}

#[test]
fn a_wrong_configuration_is_reported_and_changes_nothing() {
    let mut broker = Broker::start(&consumer_of_this_user(""));
    let before = broker.send(&Request::get("/token")).body;
    broker.write_config("", "[consumers.tests]\nuser = [\"root\"]\n");
    let line = broker.wait_for_log("was not reloaded");
    assert!(line.contains("unknown key `user`") && line.contains("did you mean `users`"), "{line}");
    assert_eq!(broker.send(&Request::get("/token")).body, before);
}

#[test]
fn sigterm_ends_the_broker_and_removes_its_socket() {
    let mut broker = Broker::start_with(Sandbox::builder(), "", &consumer_of_this_user(""));
    broker.send(&Request::get("/token"));
    let _idle = UnixStream::connect(broker.socket()).unwrap();
    assert!(broker.stop());
    assert!(!broker.socket().exists());
}

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let mut broker = Broker::start(&consumer_of_this_user(""));
    broker.send(&Request::get("/token"));
    broker.sandbox.script(Host::Api, Answer::service().delayed(Duration::from_secs(2)));
    let socket = broker.socket();
    let waiting = thread::spawn(move || Request::get("/api/v2/tokens/me").over_unix(&socket));
    // The broker opens a connection to the API for this request only.
    while !broker.sandbox.connections().iter().any(|connection| connection.host == Host::Api) {
        assert!(!waiting.is_finished(), "answered without the API");
        thread::sleep(Duration::from_millis(10));
    }
    broker.signal(Signal::SIGTERM);
    let reply = waiting.join().unwrap();
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(broker.wait().success());
}
