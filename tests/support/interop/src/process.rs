//! A child process with its log, which is stopped when its owner ends.

use core::time::Duration;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::PeerError;

/// The timeout for the start of a server. Generous, because the machine may be busy.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// The polling interval while a server starts.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// Log messages of a port in use: strerror(3) from nginx and squid, tinyproxy's own message.
const PORT_TAKEN: [&str; 2] = ["Address already in use", "Could not create listening sockets"];
/// The number of log lines in an error.
const LOG_LINES_SHOWN: usize = 40;

/// Stops the program's process group when the owner ends: this shell is replaced by the program, and a subshell waits until standard
/// input closes, removes `$1` (a glob pattern, may be empty) and kills the group including itself. The pipe closes when the owner ends,
/// also by SIGKILL. The group id cannot have been reused, because the subshell is a member of the group.
const LIFELINE: &str = r#"
leftovers=$1; shift
exec 3<&0 </dev/null
( read -r _ <&3; rm -f $leftovers; kill -KILL 0 ) &
exec "$@" 3<&-
"#;

/// A running server. Dropping it stops the server and its process group.
#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    /// Closed on drop, which stops the process group.
    lifeline: Option<ChildStdin>,
    log: PathBuf,
}

/// The reason why a server did not start.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The port is in use by another process; another port may work.
    PortTaken,
    /// Another error; a retry would not help.
    Other(PeerError),
}

impl From<PeerError> for Failure {
    fn from(error: PeerError) -> Self {
        Self::Other(error)
    }
}

impl From<Failure> for PeerError {
    /// For servers that let the system choose their port.
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::PortTaken => Self::new("the system has no free port"),
            Failure::Other(error) => error,
        }
    }
}

/// The command of a server.
pub(crate) struct Server<'a> {
    /// The name of the log file, also used in errors.
    pub(crate) name: &'static str,
    pub(crate) program: &'a Path,
    pub(crate) arguments: &'a [&'a str],
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// The working directory, which also contains the log.
    pub(crate) directory: &'a Path,
    /// A glob pattern of files that a killed server leaves outside `directory`, or empty.
    pub(crate) leftovers: &'a str,
}

impl Server<'_> {
    /// Starts the server and waits until `probe` returns a value for the log so far.
    pub(crate) fn start<T>(&self, probe: impl FnMut(&str) -> Option<T>) -> Result<(Process, T), Failure> {
        let mut process =
            self.spawn().map_err(PeerError::io(format_args!("starting {}", self.program.display())))?;
        let found = process.until_ready(probe)?;
        Ok((process, found))
    }

    fn spawn(&self) -> io::Result<Process> {
        let log = self.directory.join(format!("{}.log", self.name));
        let output = File::create(&log)?;
        let mut child = Command::new("/bin/sh")
            .args(["-c", LIFELINE, "sh", self.leftovers])
            .arg(self.program)
            .args(self.arguments)
            .envs(self.environment.iter().copied())
            .current_dir(self.directory)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        let lifeline = child.stdin.take();
        Ok(Process { name: self.name, child, lifeline, log })
    }
}

impl Process {
    /// Returns the process id of the server.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the server's standard output and error so far.
    pub(crate) fn log(&self) -> Result<String, PeerError> {
        fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(PeerError::io(format_args!("reading the log of {}", self.name)))
    }

    fn until_ready<T>(&mut self, mut probe: impl FnMut(&str) -> Option<T>) -> Result<T, Failure> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let ended =
                self.child.try_wait().map_err(PeerError::io(format_args!("watching {}", self.name)))?;
            let log = self.log()?;
            if PORT_TAKEN.iter().any(|message| log.contains(message)) {
                return Err(Failure::PortTaken);
            }
            if let Some(status) = ended {
                return Err(self.failure(&format!("ended ({status})"), &log));
            }
            if let Some(found) = probe(&log) {
                return Ok(found);
            }
            if Instant::now() >= deadline {
                return Err(self.failure(&format!("is not ready after {READY_WITHIN:?}"), &log));
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    fn failure(&self, what: &str, log: &str) -> Failure {
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n");
        Failure::Other(PeerError::new(format!("{} {what}; the last lines of its log:\n{end}", self.name)))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The leader first: it is not reaped before `wait`, so its id cannot have been reused. Closing the pipe then stops the rest of
        // the group. An error means that it has already ended.
        let _ = self.child.kill();
        drop(self.lifeline.take());
        let _ = self.child.wait();
    }
}
