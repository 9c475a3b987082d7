//! Redis servers and Sentinels from Debian's package, as processes.

use core::fmt::Write as _;
use std::fs;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::PeerError;
use crate::port;
use crate::process::{Failure, Process, Server};

/// The name under which a [`RedisSentinel`] monitors its primary.
pub const REDIS_SERVICE: &str = "fleet";

/// A running server with a Unix socket of its own, and, if it was asked for, a port of 127.0.0.1. Dropping it ends the server.
#[derive(Debug)]
pub struct RedisServer {
    directory: TempDir,
    options: Vec<String>,
    port: Option<u16>,
    process: Option<Process>,
}

impl RedisServer {
    /// Starts a server with these options, without a port.
    ///
    /// # Errors
    /// `redis-server` is not installed, or did not start.
    pub fn start(options: &[&str]) -> Result<Self, PeerError> {
        Ok(Self::launch(options, None)?)
    }

    /// Starts a server with these options, and a port.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn on_port(options: &[&str]) -> Result<Self, PeerError> {
        port::with_free(port::free, |port| Self::launch(options, Some(port)))
    }

    fn launch(options: &[&str], port: Option<u16>) -> Result<Self, Failure> {
        let directory = tempfile::tempdir().map_err(PeerError::io("making a directory"))?;
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let mut server = Self { directory, options, port, process: None };
        server.process = Some(server.process()?);
        Ok(server)
    }

    fn process(&self) -> Result<Process, Failure> {
        let (socket, port) = (self.socket(), self.port.unwrap_or(0).to_string());
        // The socket of one that was killed.
        let _ = fs::remove_file(&socket);
        let (directory, path) = (self.directory().display().to_string(), socket.display().to_string());
        let mut arguments = vec!["--port", &port, "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"];
        arguments.extend(["--enable-debug-command", "local", "--dir", &directory, "--unixsocket", &path]);
        arguments.extend(self.options.iter().map(String::as_str));
        let (process, ()) = command(&arguments, self.directory())
            .start(|_| UnixStream::connect(&socket).is_ok().then_some(()))?;
        Ok(process)
    }

    /// Returns the path of the socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.directory().join("redis.socket")
    }

    /// Returns the port of 127.0.0.1; 0 without one.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(0)
    }

    /// Returns the folder of its files.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Kills it, as SIGKILL does.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again, with further options.
    ///
    /// # Errors
    /// It did not start.
    pub fn start_again(&mut self, more: &[&str]) -> Result<(), PeerError> {
        self.options.extend(more.iter().map(|&option| option.to_owned()));
        self.process = Some(self.process()?);
        Ok(())
    }

    /// Stops it from running, by SIGSTOP. Its connections stay open.
    ///
    /// # Errors
    /// The signal could not be sent.
    pub fn pause(&self) -> Result<(), PeerError> {
        self.signal("-STOP")
    }

    /// Lets it run again, by SIGCONT.
    ///
    /// # Errors
    /// The signal could not be sent.
    pub fn resume(&self) -> Result<(), PeerError> {
        self.signal("-CONT")
    }

    fn signal(&self, signal: &str) -> Result<(), PeerError> {
        let process = self.process.as_ref().ok_or_else(|| PeerError::new("the server does not run"))?;
        let sent = Command::new("kill").args([signal, &process.id().to_string()]).status();
        let is_sent = sent.map_err(PeerError::io("running kill"))?.success();
        if is_sent { Ok(()) } else { Err(PeerError::new("the server could not be signalled")) }
    }

    /// Runs a command by `redis-cli`, and returns what it prints.
    ///
    /// # Errors
    /// `redis-cli` cannot be run.
    pub fn cli(&self, arguments: &[&str]) -> Result<String, PeerError> {
        let socket = self.socket().display().to_string();
        cli(&[&["-s", &socket], arguments].concat())
    }
}

/// A Sentinel that monitors one primary, with a quorum of 2 and a failover after two seconds: a process may stall on a loaded machine.
#[derive(Debug)]
pub struct RedisSentinel {
    _directory: TempDir,
    port: u16,
    _process: Process,
}

impl RedisSentinel {
    /// Starts a Sentinel for the primary on this port of 127.0.0.1.
    ///
    /// # Errors
    /// `redis-server` is not installed, or did not start.
    pub fn start(primary: u16) -> Result<Self, PeerError> {
        port::with_free(port::free, |port| {
            let directory = tempfile::tempdir().map_err(PeerError::io("making a directory"))?;
            let path = directory.path().display().to_string();
            let mut text = format!("port {port}\nbind 127.0.0.1\ndir {path}\n");
            for line in [
                format!("monitor {REDIS_SERVICE} 127.0.0.1 {primary} 2"),
                format!("down-after-milliseconds {REDIS_SERVICE} 2000"),
                format!("failover-timeout {REDIS_SERVICE} 3000"),
            ] {
                // Writing to a String does not fail.
                let _ = writeln!(text, "sentinel {line}");
            }
            fs::write(directory.path().join("sentinel.conf"), text)
                .map_err(PeerError::io("writing sentinel.conf"))?;
            let server = command(&["sentinel.conf", "--sentinel"], directory.path());
            let (process, ()) =
                server.start(|_| TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(()))?;
            Ok(Self { port, _process: process, _directory: directory })
        })
    }

    /// Returns its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs a command by `redis-cli`, and returns what it prints.
    ///
    /// # Errors
    /// `redis-cli` cannot be run.
    pub fn cli(&self, arguments: &[&str]) -> Result<String, PeerError> {
        cli(&[&["-p", &self.port.to_string()], arguments].concat())
    }
}

fn command<'a>(arguments: &'a [&'a str], directory: &'a Path) -> Server<'a> {
    let program = Path::new("redis-server");
    Server { name: "redis-server", program, arguments, environment: &[], directory, leftovers: "" }
}

fn cli(arguments: &[&str]) -> Result<String, PeerError> {
    let output =
        Command::new("redis-cli").args(arguments).output().map_err(PeerError::io("running redis-cli"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
