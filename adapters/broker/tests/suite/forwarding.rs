//! `/api/v2/…`: forwarded with the client's token.

use genesys_token_sandbox::{Host, Sandbox};

use crate::broker::{Broker, LOCAL_SECRET, TCP, consumer_of_this_user, consumer_with_secret};
use crate::http_client::Request;

fn forwarding_consumer() -> String {
    consumer_with_secret("access = \"forward\"")
}

/// Returns the broker's own token of the consumer `remote`.
fn broker_token(broker: &Broker) -> String {
    let request = Request::token("/login/oauth/token", "grant_type=client_credentials")
        .basic("remote-id", LOCAL_SECRET);
    request.over_tcp(broker.tcp()).json()["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn a_consumer_that_forwards_never_holds_the_token_and_outlives_it() {
    let broker =
        Broker::start_with(Sandbox::builder(), TCP, &(forwarding_consumer() + &consumer_of_this_user("")));
    let own = broker_token(&broker);
    let shared = broker.send(&Request::get("/token")).body;
    assert!(own.starts_with("gtb_") && !own.contains(shared.trim_end()));
    let call = || {
        Request::get("/api/api/v2/tokens/me")
            .header(&format!("Authorization: Bearer {own}"))
            .over_tcp(broker.tcp())
    };
    assert_eq!(call().status, 200);
    // The service revokes its token: the broker replaces it behind the consumer.
    broker.sandbox.kill_tokens();
    assert_eq!(call().status, 200);
    let sent: Vec<_> = broker
        .sandbox
        .record()
        .iter()
        .filter_map(|request| request.header("authorization").map(str::to_owned))
        .collect();
    assert!(sent.iter().all(|value| !value.contains(&own)), "the broker's token is for the broker only");
}

#[test]
fn a_broker_token_is_useless_elsewhere_and_can_be_revoked_alone() {
    let mut broker =
        Broker::start_with(Sandbox::builder(), TCP, &(forwarding_consumer() + &consumer_of_this_user("")));
    let own = broker_token(&broker);
    let call = |own: &str| {
        Request::get("/api/v2/tokens/me")
            .header(&format!("Authorization: Bearer {own}"))
            .over_tcp(broker.tcp())
            .status
    };
    assert_eq!(call(&own), 200);
    assert_eq!(call(&format!("{own}x")), 401);
    assert_eq!(call("gtb_cmVtb3Rl.AAAA"), 401);
    // The consumer `tests` receives the service's own token, which the forwarder does not accept from any consumer.
    let shared = broker.send(&Request::get("/token")).body;
    assert_eq!(call(shared.trim_end()), 401);
    broker.write_config(
        TCP,
        &(consumer_with_secret("access = \"forward\"\ntoken_version = 1") + &consumer_of_this_user("")),
    );
    broker.wait_for_log("was reloaded");
    let revoked = Request::get("/api/v2/tokens/me")
        .header(&format!("Authorization: Bearer {own}"))
        .over_tcp(broker.tcp());
    assert_eq!(revoked.status, 401);
    assert_eq!(revoked.json()["error"], "invalid_token");
    let renewed = broker_token(&broker);
    assert_ne!(renewed, own);
}

#[test]
fn a_broker_token_outlives_the_process() {
    let mut broker = Broker::start_with(Sandbox::builder(), TCP, &forwarding_consumer());
    let own = broker_token(&broker);
    broker.restart();
    let call = Request::get("/api/v2/tokens/me")
        .header(&format!("Authorization: Bearer {own}"))
        .over_tcp(broker.tcp());
    assert_eq!(call.status, 200, "{call:?}");
}

#[test]
fn bodies_are_streamed_and_small_ones_replayed_after_401() {
    let broker = Broker::start(&consumer_of_this_user(""));
    broker.send(&Request::get("/token"));
    broker.sandbox.kill_tokens();
    let echoed = broker.send(&Request::post("/api/v2/echo", "text/plain", "a small body"));
    assert_eq!((echoed.status, echoed.body.contains("a small body")), (200, true), "{echoed:?}");
    // Larger than what is kept for a replay.
    let large = "x".repeat(200_000);
    let echoed = broker.send(&Request::post("/api/v2/echo", "text/plain", &large));
    assert_eq!(echoed.status, 200);
    assert!(echoed.body.contains(&large));
    broker.sandbox.kill_tokens();
    let once = broker.send(&Request::post("/api/v2/echo", "text/plain", &large));
    assert_eq!(once.status, 401, "a streamed body cannot be sent again");
}

#[test]
fn refusals_of_the_service_and_their_headers_are_passed_on() {
    let broker = Broker::start(&consumer_of_this_user(""));
    let reply = broker.send(&Request::get("/api/v2/unknown/path"));
    assert_eq!(reply.status, 404);
    assert!(reply.header("inin-correlation-id").is_some());
    assert!(reply.header("connection").is_none_or(|value| value == "close"));
}

#[test]
fn dot_segments_do_not_leave_the_api() {
    let broker = Broker::start(&consumer_of_this_user(""));
    for path in ["/api/v2/../../oauth/token", "/api/v2/%2e%2e/oauth/token"] {
        assert_eq!(broker.send(&Request::get(path)).status, 400, "{path}");
    }
    assert!(broker.sandbox.record().iter().all(|request| !matches!(request.host, Host::Api)));
}

#[test]
fn forwarded_requests_are_counted_by_consumer_and_status() {
    let broker = Broker::start(&consumer_of_this_user(""));
    broker.send(&Request::get("/api/v2/tokens/me"));
    broker.send(&Request::get("/api/v2/unknown"));
    let metrics = broker.send(&Request::get("/metrics")).body;
    for status in ["2xx", "4xx"] {
        let line = format!(
            "genesys_token_broker_forwarded_total{{client=\"main\",consumer=\"tests\",status=\"{status}\"}} 1"
        );
        assert!(metrics.contains(&line), "{metrics}");
    }
}
