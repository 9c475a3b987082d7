//! `POST /oauth/token` and `GET /token`.

use std::process::Command;
use std::thread;
use std::time::Duration;

use genesys_token_sandbox::{Host, Response, Sandbox};

use crate::broker::{Broker, LOCAL_SECRET, PROGRAM, TCP, consumer_of_this_user, consumer_with_secret};
use crate::http_client::Request;

const GRANT: &str = "grant_type=client_credentials";

fn token_requests(sandbox: &Sandbox) -> usize {
    sandbox.record().iter().filter(|request| request.path() == "/oauth/token").count()
}

#[test]
fn one_exchange_serves_every_consumer_in_every_form() {
    let both = consumer_of_this_user("") + &consumer_with_secret("");
    let broker = Broker::start_with(Sandbox::builder(), TCP, &both);
    let plain = broker.send(&Request::get("/token"));
    assert_eq!(plain.status, 200, "{plain:?}");
    let token = plain.body.trim_end();
    assert!(token.len() > 20);

    let json = broker.send(&Request::get("/token?format=json")).json();
    assert_eq!(json["access_token"], token);
    let json =
        broker.send(&Request::get("/token").header("Accept: text/html, application/json;q=0.9")).json();
    assert_eq!(json["access_token"], token);

    let by_peer = broker.send(&Request::token("/oauth/token", GRANT));
    assert_eq!(by_peer.json()["access_token"], token);
    // RFC 6749 section 5.1.
    assert_eq!(by_peer.header("cache-control"), Some("no-store"));
    assert_eq!(by_peer.header("pragma"), Some("no-cache"));
    assert_eq!(by_peer.json()["token_type"], "bearer");
    assert!(by_peer.json()["expires_in"].as_u64().unwrap() > 80_000);

    let basic =
        Request::token("/login/oauth/token", GRANT).basic("remote-id", LOCAL_SECRET).over_tcp(broker.tcp());
    assert_eq!(basic.json()["access_token"], token);
    let in_body = format!("{GRANT}&client_id=remote-id&client_secret={LOCAL_SECRET}");
    let in_body = Request::token("/oauth/token", &in_body).over_tcp(broker.tcp());
    assert_eq!(in_body.json()["access_token"], token);
    // openid-client escapes `-` and `_`, as RFC 6749 section 2.3.1 permits.
    let escaped = LOCAL_SECRET.replace('-', "%2D").replace('_', "%5F");
    let escaped = Request::token("/oauth/token", GRANT).basic("remote%2Did", &escaped).over_tcp(broker.tcp());
    assert_eq!(escaped.json()["access_token"], token);
    assert_eq!(token_requests(&broker.sandbox), 1);
}

#[test]
fn errors_are_those_of_rfc_6749_section_5_2() {
    let both = consumer_of_this_user("") + &consumer_with_secret("");
    let broker = Broker::start_with(Sandbox::builder(), TCP, &both);
    let cases = [
        (Request::token("/oauth/token", ""), 400, "invalid_request"),
        (
            Request::token("/oauth/token", "grant_type=client_credentials&grant_type=x"),
            400,
            "invalid_request",
        ),
        (Request::token("/oauth/token", "grant_type=password"), 400, "unsupported_grant_type"),
        (Request::post("/oauth/token", "application/json", "{}"), 400, "invalid_request"),
        (Request::token("/oauth/token", GRANT).basic("remote-id", "wrong"), 401, "invalid_client"),
        (Request::token("/oauth/token", GRANT).basic("unknown", LOCAL_SECRET), 401, "invalid_client"),
        (Request::token("/oauth/token", GRANT).header("Authorization: Digest x"), 400, "invalid_request"),
        (
            Request::token("/oauth/token", &format!("{GRANT}&client_id=remote-id&client_secret=wrong")),
            401,
            "invalid_client",
        ),
        (
            Request::token("/oauth/token", &format!("{GRANT}&client_id=a&client_secret=b"))
                .basic("remote-id", LOCAL_SECRET),
            400,
            "invalid_request",
        ),
        (Request::token("/oauth/token", &"x".repeat(9000)), 413, "invalid_request"),
        (Request::get("/oauth/token"), 405, "invalid_request"),
        (Request::get("/elsewhere"), 404, "not_found"),
    ];
    for (request, status, error) in cases {
        let reply = broker.send(&request);
        assert_eq!((reply.status, reply.json()["error"].as_str()), (status, Some(error)), "{reply:?}");
        // RFC 6749 section 5.2: a failed client authentication names the scheme.
        assert_eq!(reply.header("www-authenticate").is_some(), status == 401);
    }
    let anonymous = Request::token("/oauth/token", GRANT).over_tcp(broker.tcp());
    assert_eq!((anonymous.status, anonymous.json()["error"].as_str()), (401, Some("invalid_client")));
}

#[test]
fn a_user_that_is_no_consumer_is_rejected_with_the_remedy() {
    let broker = Broker::start("[consumers.other]\nusers = [\"65534\"]\n");
    let reply = broker.send(&Request::get("/token"));
    assert_eq!(reply.status, 403);
    let description = reply.json()["error_description"].as_str().unwrap().to_owned();
    assert!(
        description.contains("add it to 'users'") || description.contains("add it to `users`"),
        "{description}"
    );
}

#[test]
fn while_the_service_fails_consumers_learn_when_to_ask_again() {
    let sandbox = Sandbox::builder();
    let mut broker = Broker::start_with(sandbox, "", &consumer_of_this_user(""));
    broker.send(&Request::get("/token"));
    broker.sandbox.always(Host::Login, Response::html_bad_gateway());
    broker.sandbox.kill_tokens();
    // The consumer's call shows that the token is dead; the broker then has none.
    let call = broker.send(&Request::get("/api/v2/tokens/me"));
    assert!([401, 502, 503].contains(&call.status), "{call:?}");
    let reply = broker.send(&Request::token("/oauth/token", GRANT));
    assert_eq!((reply.status, reply.json()["error"].as_str()), (503, Some("temporarily_unavailable")));
    assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    assert_eq!(broker.send(&Request::get("/readyz")).status, 503);
    assert_eq!(broker.send(&Request::get("/healthz")).status, 200);
    assert!(broker.stop());
}

#[test]
fn a_token_inside_its_refresh_margin_is_never_handed_out() {
    // The margin of a token that lives as shortly as this is a quarter of its lifetime, 3 s.
    let sandbox = Sandbox::builder().token_lifetime(Duration::from_secs(12));
    let broker = Broker::start_with(sandbox, "", &consumer_of_this_user(""));
    assert_eq!(broker.send(&Request::get("/token")).status, 200);
    // The second token has no consumer until it is old.
    while token_requests(&broker.sandbox) < 2 {
        thread::sleep(Duration::from_millis(20));
    }
    broker.sandbox.always(Host::Login, Response::html_bad_gateway());
    let left = || broker.send(&Request::get("/status")).json()["clients"][0]["expires_in_seconds"].as_u64();
    while left().is_some_and(|seconds| seconds > 1) {
        thread::sleep(Duration::from_millis(20));
    }
    // In no form.
    assert_eq!(broker.send(&Request::get("/token")).status, 503);
    assert_eq!(broker.send(&Request::token("/oauth/token", GRANT)).status, 503);
}

#[test]
fn a_refused_secret_is_replaced_by_its_successor_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let next = directory.path().join("next");
    std::fs::write(&next, "the-next-secret").unwrap();
    let successor = format!(
        "[clients.main.successor]\nclient_id = \"{}\"\nclient_secret_file = \"{}\"\n",
        genesys_token_sandbox::DEMO_CLIENT_ID,
        next.display()
    );
    let broker = Broker::start(&(successor + &consumer_of_this_user("")));
    let first = broker.send(&Request::get("/token")).body;
    broker.sandbox.rotate_secret(genesys_token_sandbox::DEMO_CLIENT_ID, "the-next-secret");
    broker.sandbox.kill_tokens();
    let call = broker.send(&Request::get("/api/v2/tokens/me"));
    let again = if call.status == 200 { call } else { broker.send(&Request::get("/api/v2/tokens/me")) };
    assert_eq!(again.status, 200, "{again:?}");
    assert_ne!(broker.send(&Request::get("/token")).body, first);
    let status = broker.send(&Request::get("/status")).json();
    assert_eq!(status["clients"][0]["credentials"], "successor");
    let table = Command::new(PROGRAM).arg("status").arg("--socket").arg(broker.socket()).output().unwrap();
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("successor"), "{table}");
}
