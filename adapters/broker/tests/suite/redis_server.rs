//! A Redis server of Debian, as a process with a Unix socket of its own.

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// Longer than anything takes on a loaded machine.
const LONG: Duration = Duration::from_secs(60);

pub(crate) struct Server {
    pub(crate) directory: TempDir,
    options: Vec<String>,
    process: Child,
}

impl Server {
    /// Starts a server with these options beside its socket and its directory.
    pub(crate) fn start(options: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        let process = launch(&directory, &options);
        let server = Self { directory, options, process };
        server.wait_until_it_listens();
        server
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("redis.socket")
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
        let _ = std::fs::remove_file(self.socket());
    }

    /// Starts it again, with further options.
    pub(crate) fn start_again(&mut self, more: &[&str]) {
        let options: Vec<_> =
            self.options.iter().cloned().chain(more.iter().map(|&option| option.to_owned())).collect();
        self.process = launch(&self.directory, &options);
        self.wait_until_it_listens();
    }

    pub(crate) fn pause(&self) {
        self.signal(Signal::SIGSTOP);
    }

    pub(crate) fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.process.id()).expect("a process id");
        kill(Pid::from_raw(pid), signal).expect("a signal");
    }

    /// Runs a command of the server's own client, and returns what it prints.
    pub(crate) fn cli(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .arg("-s")
            .arg(self.socket())
            .args(arguments)
            .output()
            .expect("redis-cli");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn wait_until_it_listens(&self) {
        let end = Instant::now() + LONG;
        while UnixStream::connect(self.socket()).is_err() {
            assert!(Instant::now() < end, "redis-server does not listen");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn launch(directory: &TempDir, options: &[String]) -> Child {
    let mut process = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--daemonize", "no", "--enable-debug-command", "local"])
        .arg("--dir")
        .arg(directory.path())
        .arg("--unixsocket")
        .arg(directory.path().join("redis.socket"))
        .args(options)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server: `cargo xtask test` installs it");
    // Its log must not fill the pipe.
    let mut log = process.stdout.take().expect("its log");
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while log.read(&mut bytes).is_ok_and(|count| count > 0) {}
    });
    process
}
