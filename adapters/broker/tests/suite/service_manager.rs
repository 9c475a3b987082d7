//! The interfaces of systemd: listening sockets, credentials, and notifications.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use nix::sys::signal::Signal;

use crate::broker::{Broker, PROGRAM, consumer_of_this_user};
use crate::http_client::Request;

#[test]
fn a_listening_socket_of_systemd_is_used() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("activated");
    let listener = UnixListener::bind(&path).unwrap();
    // As systemd passes sockets: file descriptor 3, and the process id that they are for (sd_listen_fds(3)).
    let script =
        "exec 3<&0 0</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" run -v --config \"$1\"";
    let mut broker = Broker::launch(Sandbox::builder(), "", &consumer_of_this_user(""), |directory| {
        let mut command = Command::new("sh");
        command.args(["-c", script, PROGRAM]).arg(directory.join("config.toml"));
        command.env_clear().stdin(Stdio::from(OwnedFd::from(listener)));
        command
    });
    assert_eq!(Request::get("/token").over_unix(&path).status, 200);
    assert!(!broker.socket().exists(), "no second socket");
    assert!(broker.stop());
    assert!(path.exists(), "the socket belongs to systemd");
}

#[test]
fn credentials_of_systemd_are_read_at_each_exchange() {
    let credentials = tempfile::tempdir().unwrap();
    let file = credentials.path().join("genesys-client-secret");
    fs::write(&file, DEMO_CLIENT_SECRET).unwrap();
    let mut broker = Broker::launch(Sandbox::builder(), "", &consumer_of_this_user(""), |directory| {
        from_systemd(&directory.join("config.toml"));
        let mut command = Command::new(PROGRAM);
        command.args(["run", "-v", "--config"]).arg(directory.join("config.toml"));
        command.env_clear().env("CREDENTIALS_DIRECTORY", credentials.path()).stdin(Stdio::null());
        command
    });
    let first = broker.send(&Request::get("/token"));
    assert_eq!(first.status, 200, "{first:?}");
    broker.sandbox.rotate_secret(DEMO_CLIENT_ID, "the-next-secret");
    fs::write(&file, "the-next-secret").unwrap();
    broker.sandbox.kill_tokens();
    assert_eq!(broker.send(&Request::get("/api/v2/tokens/me")).status, 200);
    assert_ne!(broker.send(&Request::get("/token")).body, first.body);
    assert!(!broker.log().contains("the-next-secret"));
}

/// Replaces the secret's file in the configuration by the name of a credential.
fn from_systemd(config: &Path) {
    let text = fs::read_to_string(config).unwrap();
    let lines = text.lines().map(|line| {
        if line.starts_with("client_secret_file") {
            "systemd_credential = \"genesys-client-secret\""
        } else {
            line
        }
    });
    fs::write(config, lines.collect::<Vec<_>>().join("\n")).unwrap();
}

#[test]
fn readiness_watchdog_reload_and_end_are_reported() {
    let place = tempfile::tempdir().unwrap();
    let socket = UnixDatagram::bind(place.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let script = "export WATCHDOG_PID=$$; exec \"$0\" run -v --config \"$1\"";
    let mut broker = Broker::launch(Sandbox::builder(), "", &consumer_of_this_user(""), |directory| {
        let mut command = Command::new("sh");
        command.args(["-c", script, PROGRAM]).arg(directory.join("config.toml"));
        command.env_clear().stdin(Stdio::null());
        command.env("NOTIFY_SOCKET", place.path().join("notify")).env("WATCHDOG_USEC", "200000");
        command
    });
    let wait_for = |wanted: &str| loop {
        let mut message = [0; 512];
        let count = socket.recv(&mut message).unwrap_or_else(|error| panic!("no {wanted}: {error}"));
        if String::from_utf8_lossy(&message[..count]).contains(wanted) {
            break;
        }
    };
    wait_for("READY=1");
    wait_for("WATCHDOG=1");
    wait_for("WATCHDOG=1");
    broker.signal(Signal::SIGHUP);
    wait_for("RELOADING=1");
    wait_for("READY=1");
    broker.signal(Signal::SIGTERM);
    wait_for("STOPPING=1");
    assert!(broker.wait().success());
}
