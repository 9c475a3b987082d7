//! The README's way from nothing to a token, as it is written there.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const README: &str = include_str!("../../README.md");
const SOCKET: &str = "/tmp/genesys-token-broker.socket";

/// Ends the broker whatever happens.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn two_commands_lead_from_nothing_to_a_token() {
    let (_, rest) = README.split_once("```sh\n").expect("a block of commands");
    let commands: Vec<_> = rest.split_once("```").expect("its end").0.lines().collect();
    let [start, ask] = commands.as_slice() else { panic!("two commands, not {commands:?}") };
    assert_eq!(*start, "cargo run --release -p genesys-token-broker --example quickstart");

    // The same program, of the profile of this test, with its socket where no other test's is.
    let build = ["build", "--quiet", "--package", "genesys-token-broker", "--example", "quickstart"];
    assert!(Command::new(env!("CARGO")).args(build).status().unwrap().success());
    let program = std::env::current_exe().unwrap();
    let program = program.ancestors().nth(2).unwrap().join("examples/quickstart");
    let place = tempfile::tempdir().unwrap();
    let child = Command::new(program).arg(place.path()).stdout(Stdio::null()).spawn().unwrap();
    let _running = Running(child);
    let socket = place.path().join("genesys-token-broker.socket");
    let end = Instant::now() + Duration::from_secs(60);
    while !socket.exists() {
        assert!(Instant::now() < end, "the broker does not listen");
        thread::sleep(Duration::from_millis(10));
    }
    assert!(ask.contains(SOCKET), "{ask}");
    assert!(token(ask, &socket).len() > 20);
}

/// Runs the second command.
fn token(command: &str, socket: &Path) -> String {
    let command = command.replace(SOCKET, socket.to_str().unwrap());
    let output = Command::new("sh").args(["-c", &command]).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let token = text.trim_end();
    let is_token = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
    assert!(
        output.status.success() && is_token,
        "{command}: {text} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    token.to_owned()
}
