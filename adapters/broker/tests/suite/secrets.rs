//! No secret and no token in logs, errors, metrics, status or what other processes can see.

use std::fs;

use genesys_token_sandbox::{DEMO_CLIENT_SECRET, Sandbox};

use crate::broker::{Broker, LOCAL_SECRET, TCP, consumer_of_this_user, consumer_with_secret};
use crate::http_client::Request;

#[test]
fn nothing_that_is_shown_holds_a_secret_or_a_token() {
    let consumers = consumer_of_this_user("") + &consumer_with_secret("access = \"forward\"");
    let mut broker = Broker::start_with(Sandbox::builder(), TCP, &consumers);
    let token = broker.send(&Request::get("/token")).body.trim_end().to_owned();
    let own =
        Request::token("/oauth/token", "grant_type=client_credentials").basic("remote-id", LOCAL_SECRET);
    let own = own.over_tcp(broker.tcp()).json()["access_token"].as_str().unwrap().to_owned();
    broker.sandbox.rotate_secret(genesys_token_sandbox::DEMO_CLIENT_ID, "another");
    broker.sandbox.kill_tokens();
    let wrong =
        Request::token("/oauth/token", "grant_type=client_credentials").basic("remote-id", "wrong-secret");
    let mut shown: Vec<_> = ["/api/v2/tokens/me", "/token", "/status", "/metrics"]
        .map(|path| broker.send(&Request::get(path)).body)
        .into_iter()
        .chain([broker.send(&wrong).body])
        .collect();
    shown.push(broker.log());
    for file in ["environ", "cmdline"] {
        let path = format!("/proc/{}/{file}", broker.pid());
        // A process that is not dumpable hides its environment from other users; root can read it nevertheless.
        shown.push(String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned());
    }
    shown.push(fs::read_to_string(broker.directory.path().join("config.toml")).unwrap());
    for secret in [DEMO_CLIENT_SECRET, LOCAL_SECRET, &token, &own, "wrong-secret"] {
        for (index, text) in shown.iter().enumerate() {
            assert!(!text.contains(secret), "text {index} holds a secret:\n{text}");
        }
    }
}

#[test]
fn the_process_leaves_no_core_dump() {
    let broker = Broker::start(&consumer_of_this_user(""));
    let limits = fs::read_to_string(format!("/proc/{}/limits", broker.pid())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    // PR_SET_DUMPABLE: the files of the process belong to root, and its memory cannot be read by its own user.
    let mut broker = broker;
    broker.signal(nix::sys::signal::Signal::SIGABRT);
    let status = std::os::unix::process::ExitStatusExt::core_dumped(&broker.wait());
    assert!(!status, "it was killed by a signal that dumps core");
}
