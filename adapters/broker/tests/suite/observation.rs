//! Metrics and status: what an operator sees of exchanges, refreshes and refusals.

use std::fs::File;
use std::io::Read as _;
use std::process::Command;
use std::time::{Duration, Instant};

use genesys_token_broker::METRIC_NAMES;
use genesys_token_sandbox::{Answer, DEMO_CLIENT_ID, Host, RateLimit, Response, Sandbox};
use nix::pty::openpty;

use crate::broker::{Broker, PROGRAM, consumer_of_this_user};
use crate::http_client::Request;
use crate::store::file_store;

/// Returns the value of a metric with these labels.
fn value<T: std::str::FromStr>(metrics: &str, name_and_labels: &str) -> Option<T> {
    let line = metrics.lines().find(|line| line.starts_with(name_and_labels))?;
    line.rsplit_once(' ')?.1.parse().ok()
}

fn exchanges(broker: &Broker, result: &str) -> u64 {
    let metrics = broker.send(&Request::get("/metrics")).body;
    let name = format!("genesys_token_broker_exchanges_total{{client=\"main\",result=\"{result}\"}}");
    value(&metrics, &name).unwrap_or_else(|| panic!("no {name} in {metrics}"))
}

#[test]
fn exchanges_are_counted_by_result_and_every_metric_has_its_name() {
    let limit = RateLimit { requests: 100, window: Duration::from_secs(60) };
    let sandbox = Sandbox::builder().api_rate_limit(limit);
    let directory = tempfile::tempdir().unwrap();
    let table = file_store(directory.path());
    let broker = Broker::start_with(sandbox, &table, &consumer_of_this_user(""));
    broker.send(&Request::get("/token"));
    broker.send(&Request::get("/api/v2/tokens/me"));
    assert_eq!((exchanges(&broker, "token"), exchanges(&broker, "refused")), (1, 0));
    broker.sandbox.rotate_secret(DEMO_CLIENT_ID, "another");
    broker.sandbox.kill_tokens();
    broker.send(&Request::get("/api/v2/tokens/me"));
    broker.send(&Request::get("/token"));
    assert_eq!((exchanges(&broker, "token"), exchanges(&broker, "refused")), (1, 1));
    let metrics = broker.send(&Request::get("/metrics")).body;
    for name in METRIC_NAMES {
        assert!(metrics.contains(&format!("# TYPE {name} ")), "{name} in\n{metrics}");
    }
    let late = "genesys_token_broker_refresh_lateness_seconds{client=\"main\"}";
    assert!(value(&metrics, late).is_some_and(|seconds: f64| seconds > 0.0), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"));
}

#[test]
fn status_has_age_next_refresh_and_the_last_refusal_with_its_remedy() {
    let broker = Broker::start(&consumer_of_this_user(""));
    broker.send(&Request::get("/token"));
    let status = |broker: &Broker| broker.send(&Request::get("/status")).json()["clients"][0].clone();
    let valid = status(&broker);
    assert!(valid["age_seconds"].as_u64().is_some_and(|age| age < 3600), "{valid}");
    assert!(valid["next_exchange_in_seconds"].as_u64().is_some_and(|next| next > 3600), "{valid}");
    assert!(valid["last_failure"].is_null(), "{valid}");

    broker.sandbox.rotate_secret(DEMO_CLIENT_ID, "another");
    broker.sandbox.kill_tokens();
    broker.send(&Request::get("/api/v2/tokens/me"));
    broker.send(&Request::get("/token"));
    let refused = status(&broker);
    assert_eq!(refused["state"], "failed", "{refused}");
    let refusal = refused["last_failure"]["error"].as_str().unwrap();
    assert!(refusal.contains("secret"), "{refusal}");

    let output = Command::new(PROGRAM).arg("status").arg("--socket").arg(broker.socket()).output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains(refusal) && table.contains("next attempt in"), "{table}");
    assert!(!table.contains('\x1b'), "no colour into a pipe");
}

#[test]
fn after_a_recovery_the_last_failure_stays_visible() {
    let broker = Broker::start(&consumer_of_this_user(""));
    broker.send(&Request::get("/token"));
    broker.sandbox.script(Host::Login, Response::empty_unavailable());
    broker.sandbox.kill_tokens();
    broker.send(&Request::get("/api/v2/tokens/me"));
    let end = Instant::now() + Duration::from_secs(120);
    while broker.send(&Request::get("/token")).status != 200 {
        assert!(Instant::now() < end, "no recovery");
        std::thread::sleep(Duration::from_millis(100));
    }
    let status = broker.send(&Request::get("/status")).json()["clients"][0].clone();
    let error = status["last_failure"]["error"].as_str().unwrap_or_default();
    assert!(status["state"] == "valid" && error.contains("503"), "{status}");
    assert_eq!(exchanges(&broker, "refused"), 1);
}

#[test]
fn requests_that_wait_for_a_token_are_counted() {
    let broker = Broker::start(&consumer_of_this_user(""));
    broker.send(&Request::get("/token"));
    broker
        .sandbox
        .always(Host::Login, Answer::from(Response::token("slow", 60)).delayed(Duration::from_secs(2)));
    broker.sandbox.kill_tokens();
    // A streamed body is not sent again: the 401 is this consumer's, and the next one waits for the new token.
    let large = "x".repeat(200_000);
    assert_eq!(broker.send(&Request::post("/api/v2/echo", "text/plain", &large)).status, 401);
    let socket = broker.socket();
    std::thread::scope(|scope| {
        scope.spawn(|| Request::get("/token").over_unix(&socket));
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let metrics = broker.send(&Request::get("/metrics")).body;
            if value(&metrics, "genesys_token_broker_waiters{client=\"main\"}") == Some(1) {
                break;
            }
            assert!(Instant::now() < end, "{metrics}");
        }
    });
}

#[test]
fn the_table_is_coloured_on_a_terminal_only() {
    let broker = Broker::start(&consumer_of_this_user(""));
    assert_eq!(broker.send(&Request::get("/token")).status, 200);
    let shown = |no_colour: bool| {
        let terminal = openpty(None, None).unwrap();
        let mut command = Command::new(PROGRAM);
        command
            .arg("status")
            .arg("--socket")
            .arg(broker.socket())
            .stdout(terminal.slave)
            .env_remove("NO_COLOR");
        if no_colour {
            command.env("NO_COLOR", "1");
        }
        assert!(command.status().unwrap().success());
        // The last writer: then reading ends.
        drop(command);
        let mut text = Vec::new();
        // Linux reports the end of a terminal as an error.
        let _ = File::from(terminal.master).read_to_end(&mut text);
        String::from_utf8(text).unwrap()
    };
    assert!(shown(false).contains("\x1b[32mvalid"), "{}", shown(false));
    let plain = shown(true);
    assert!(plain.contains("valid") && !plain.contains('\x1b'), "{plain}");
}
