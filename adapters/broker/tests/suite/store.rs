//! Tokens in a store outside the process: restarts, several brokers, and what is at rest.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use genesys_token_sandbox::{Host, Sandbox};

use crate::broker::{Broker, PROGRAM, consumer_of_this_user};
use crate::http_client::Request;

/// Returns the table of a file store below this directory, with a new key.
pub(crate) fn file_store(directory: &Path) -> String {
    let output = Command::new(PROGRAM).arg("new-store-key").output().unwrap();
    assert!(output.status.success());
    let keys = directory.join("keys");
    fs::write(&keys, output.stdout).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    format!(
        "[store]\nkind = \"file\"\ndirectory = \"{}\"\nkey_file = \"{}\"\n",
        directory.join("tokens").display(),
        keys.display()
    )
}

/// A broker with a file store, below a directory of its own.
fn with_file_store(directory: &Path) -> Broker {
    Broker::start_with(Sandbox::builder(), &file_store(directory), &consumer_of_this_user(""))
}

/// Waits until a token is stored in this directory.
fn wait_for_stored(directory: &Path) {
    let end = Instant::now() + Duration::from_secs(60);
    let is_stored = || {
        let files = fs::read_dir(directory).into_iter().flatten().map_while(Result::ok);
        // Not the file that takes the place of such a one.
        let files = files.filter(|file| file.file_name().to_string_lossy().starts_with("token-"));
        let mut texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
        texts.any(|text| text.contains("\ntoken "))
    };
    while !is_stored() {
        assert!(Instant::now() < end, "no token is stored");
        thread::sleep(Duration::from_millis(10));
    }
}

fn exchanges(broker: &Broker) -> usize {
    broker.sandbox.record().iter().filter(|request| request.host == Host::Login).count()
}

fn counted(broker: &Broker, result: &str) -> u64 {
    let status = broker.send(&Request::get("/status")).json();
    status["clients"][0]["exchanges"][result].as_u64().unwrap()
}

#[test]
fn a_restart_costs_no_exchange_and_the_file_is_private_and_encrypted() {
    let directory = tempfile::tempdir().unwrap();
    let mut broker = with_file_store(directory.path());
    let token = broker.send(&Request::get("/token")).body;
    // Published after it was handed out.
    wait_for_stored(&directory.path().join("tokens"));
    broker.restart();
    let again = broker.send(&Request::get("/token")).body;
    assert_eq!(again, token, "{}", broker.log());
    assert_eq!((exchanges(&broker), counted(&broker, "token"), counted(&broker, "shared")), (1, 0, 1));
    for file in fs::read_dir(directory.path().join("tokens")).unwrap().map(Result::unwrap) {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!fs::read_to_string(file.path()).unwrap().contains(token.trim_end()));
    }
    assert!(!broker.log().contains(token.trim_end()));
}

#[test]
fn brokers_of_one_machine_share_one_token_and_its_replacement() {
    let directory = tempfile::tempdir().unwrap();
    let broker = with_file_store(directory.path());
    let others = [broker.beside(1), broker.beside(2)];
    let token = broker.send(&Request::get("/token")).body;
    for other in &others {
        assert_eq!(other.send(&Request::get("/token")).body, token);
    }
    assert_eq!(exchanges(&broker), 1);
    // Each sees a 401 of its own; the token is replaced once.
    broker.sandbox.kill_tokens();
    assert_eq!(broker.send(&Request::get("/api/v2/tokens/me")).status, 200);
    for other in &others {
        assert_eq!(other.send(&Request::get("/api/v2/tokens/me")).status, 200);
    }
    assert_eq!(exchanges(&broker), 2);
}

#[test]
fn without_a_usable_store_the_broker_serves_tokens_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let mut broker = with_file_store(directory.path());
    broker.send(&Request::get("/token"));
    wait_for_stored(&directory.path().join("tokens"));
    fs::remove_file(directory.path().join("keys")).unwrap();
    broker.restart();
    assert_eq!(broker.send(&Request::get("/token")).status, 200);
    assert_eq!(exchanges(&broker), 2);
    broker.wait_for_log("an exchange is made without the shared token store");
}
