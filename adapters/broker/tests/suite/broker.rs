//! A running broker with its sandbox.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use genesys_token_sandbox::{Builder, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use tempfile::TempDir;

use crate::http_client::{Reply, Request};

/// Longer than anything takes on a loaded machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_genesys-token-broker");

/// A consumer's local secret and its hash, as `new-secret` prints them.
pub(crate) const LOCAL_SECRET: &str = "local-secret_4uYt2";
const LOCAL_SECRET_SHA256: &str = "b67a477e30cdba548756d57505ddf24b03c516cf95f4eb3ec89f336896f340d9";

pub(crate) struct Broker {
    pub(crate) sandbox: Sandbox,
    pub(crate) directory: TempDir,
    process: Child,
    log: Receiver<String>,
    lines: Vec<String>,
    tcp: Option<SocketAddr>,
}

impl Broker {
    /// Starts a broker with one client `main`, the demo client, and the consumers given as TOML.
    pub(crate) fn start(consumers: &str) -> Self {
        Self::start_with(Sandbox::builder(), "", consumers)
    }

    /// As [`Self::start`]; `before` has tables in front of those of clients.
    pub(crate) fn start_with(sandbox: Builder, before: &str, consumers: &str) -> Self {
        Self::launch(sandbox, before, consumers, |directory| command(&directory.join("config.toml")))
    }

    /// Starts a broker by the test's own command, which is given the directory with the configuration.
    pub(crate) fn launch(
        sandbox: Builder,
        before: &str,
        consumers: &str,
        command: impl FnOnce(&Path) -> Command,
    ) -> Self {
        let sandbox = sandbox.start_blocking().unwrap();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("secret"), DEMO_CLIENT_SECRET).unwrap();
        sandbox.write_root_pem(directory.path().join("ca.pem")).unwrap();
        let text = config(&sandbox, directory.path(), before, consumers);
        fs::write(directory.path().join("config.toml"), text).unwrap();
        let (process, log) = run(command(directory.path()));
        let mut broker = Self { sandbox, directory, process, log, lines: Vec::new(), tcp: None };
        broker.wait_until_listening();
        broker
    }

    fn wait_until_listening(&mut self) {
        let line = self.wait_for_log("listening");
        self.tcp = line.rsplit_once("address=").map(|(_, address)| address.trim().parse().unwrap());
    }

    /// Ends the broker's process without any notice, and starts another one with the same configuration.
    pub(crate) fn restart(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let (process, log) = run(command(&self.directory.path().join("config.toml")));
        (self.process, self.log) = (process, log);
        self.wait_until_listening();
    }

    /// Starts another broker with the same configuration, but for its socket.
    pub(crate) fn beside(&self, number: usize) -> Beside {
        let directory = self.directory.path();
        let text = fs::read_to_string(directory.join("config.toml")).unwrap();
        let (config, socket) =
            (directory.join(format!("config-{number}.toml")), directory.join(format!("socket-{number}")));
        let own = format!("path = \"{}\"", self.socket().display());
        fs::write(&config, text.replace(&own, &format!("path = \"{}\"", socket.display()))).unwrap();
        let (process, log) = run(command(&config));
        let mut beside = Beside { socket, process, log };
        beside.wait_for_log("listening");
        beside
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    pub(crate) fn tcp(&self) -> SocketAddr {
        self.tcp.expect("the configuration has [listen.tcp]")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Sends a request over the Unix socket, as the user that runs the tests.
    pub(crate) fn send(&self, request: &Request) -> Reply {
        request.over_unix(&self.socket())
    }

    /// Replaces the configuration in one step, as editors and configuration managers do.
    pub(crate) fn write_config(&self, before: &str, consumers: &str) {
        let path = self.directory.path();
        let text = config(&self.sandbox, path, before, consumers);
        fs::write(path.join("config.new"), text).unwrap();
        fs::rename(path.join("config.new"), path.join("config.toml")).unwrap();
    }

    /// Waits for a line of the log that holds this text.
    pub(crate) fn wait_for_log(&mut self, text: &str) -> String {
        let end = Instant::now() + TIMEOUT;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.log.recv_timeout(left) {
                Ok(line) => {
                    self.lines.push(line.clone());
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(error) => panic!("no line with `{text}` ({error}); the log:\n{}", self.lines.join("\n")),
            }
        }
    }

    /// Returns everything that was logged so far.
    pub(crate) fn log(&mut self) -> String {
        self.lines.extend(self.log.try_iter());
        self.lines.join("\n")
    }

    pub(crate) fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(self.process.id().try_into().unwrap());
        nix::sys::signal::kill(pid, signal).unwrap();
    }

    /// Returns the memory that the broker occupies, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Waits until the process has ended.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }

    /// Asks the broker to end, and returns whether it ended by itself with success.
    pub(crate) fn stop(&mut self) -> bool {
        self.signal(nix::sys::signal::Signal::SIGTERM);
        self.process.wait().unwrap().success()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Another broker of the same sandbox.
pub(crate) struct Beside {
    pub(crate) socket: PathBuf,
    process: Child,
    log: Receiver<String>,
}

impl Beside {
    /// Sends a request over its Unix socket.
    pub(crate) fn send(&self, request: &Request) -> Reply {
        request.over_unix(&self.socket)
    }

    fn wait_for_log(&mut self, text: &str) {
        let end = Instant::now() + TIMEOUT;
        let left = || end.saturating_duration_since(Instant::now());
        while !self
            .log
            .recv_timeout(left())
            .unwrap_or_else(|error| panic!("no `{text}`: {error}"))
            .contains(text)
        {}
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(config: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["run", "-v", "--config"]).arg(config);
    command.env_clear().stdin(Stdio::null());
    command
}

/// Tables that make the current user the consumer `tests`.
pub(crate) fn consumer_of_this_user(more: &str) -> String {
    format!("[consumers.tests]\nusers = [\"{}\"]\n{more}\n", nix::unistd::geteuid())
}

/// Tables of a consumer `remote` with local credentials.
pub(crate) fn consumer_with_secret(more: &str) -> String {
    format!("[consumers.remote]\nid = \"remote-id\"\nsecret_sha256 = \"{LOCAL_SECRET_SHA256}\"\n{more}\n")
}

pub(crate) const TCP: &str = "[listen.tcp]\naddress = \"127.0.0.1:0\"\n";

fn config(sandbox: &Sandbox, directory: &Path, before: &str, consumers: &str) -> String {
    let directory = directory.display();
    let (login, api) = (sandbox.login_url(), sandbox.api_url());
    format!(
        "state_directory = \"{directory}\"\n{before}\n[listen.unix]\npath = \"{directory}/socket\"\n\
         [clients.main]\nlogin_url = \"{login}\"\napi_url = \"{api}\"\nclient_id = \"{DEMO_CLIENT_ID}\"\n\
         client_secret_file = \"{directory}/secret\"\nca_file = \"{directory}/ca.pem\"\n{consumers}"
    )
}

fn run(mut command: Command) -> (Child, Receiver<String>) {
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = process.stderr.take().unwrap();
    let (sender, log) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stderr.take(16 * 1024 * 1024)).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    (process, log)
}
