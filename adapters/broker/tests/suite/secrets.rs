//! No secret and no token in logs, errors, metrics, status or what other processes can see.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use genesys_token_sandbox::{DEMO_CLIENT_SECRET, Sandbox};

use crate::broker::{Broker, LOCAL_SECRET, PROGRAM, TCP, consumer_of_this_user, consumer_with_secret};
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
    let mut broker = broker;
    broker.signal(nix::sys::signal::Signal::SIGABRT);
    let status = std::os::unix::process::ExitStatusExt::core_dumped(&broker.wait());
    assert!(!status, "it was killed by a signal that dumps core");
}

/// The overflow user of Linux, which has no rights beyond those of every user.
const UNPRIVILEGED: u32 = 65_534;

#[test]
fn other_processes_of_its_user_cannot_look_into_it() {
    // Root may read everything: then the broker runs as another user.
    let user = if nix::unistd::geteuid().is_root() { UNPRIVILEGED } else { nix::unistd::geteuid().as_raw() };
    let broker = Broker::launch(Sandbox::builder(), "", &consumer_of_this_user(""), |directory| {
        chown(directory, Some(user), None).unwrap();
        let mut command = as_user(PROGRAM, user);
        command.args(["run", "--config"]).arg(directory.join("config.toml")).env_clear();
        command
    });
    // PR_SET_DUMPABLE, see proc(5): the files of such a process belong to root, and reading them takes the rights of a debugger.
    let environ = |pid: u32| format!("/proc/{pid}/environ");
    assert_eq!(fs::metadata(environ(broker.pid())).unwrap().uid(), 0);
    let reads = |pid| as_user("cat", user).arg(environ(pid)).output().unwrap().status.success();
    assert!(!reads(broker.pid()));
    let mut other = as_user("sleep", user).arg("600").spawn().unwrap();
    let owner = fs::metadata(environ(other.id())).unwrap().uid();
    let is_readable = reads(other.id());
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!((owner, is_readable), (user, true), "an ordinary process, for comparison");
}

/// A command that runs as this user, which is the current one unless that is root.
fn as_user(program: &str, user: u32) -> Command {
    let mut command = Command::new(program);
    if nix::unistd::geteuid().is_root() {
        command.uid(user).gid(user);
    }
    command.stdin(Stdio::null());
    command
}
