//! A child process with its log, which ends when its owner does.

use core::time::Duration;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::PeerError;

/// A server that does not serve by then has failed. Generous: the machine may be busy with compilers.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks at a server that is starting.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// What servers say when their port is taken: nginx and squid by strerror(3), tinyproxy by its own words.
const PORT_TAKEN: [&str; 2] = ["Address already in use", "Could not create listening sockets"];
/// Of a log that goes into an error, the last lines suffice.
const LOG_LINES_SHOWN: usize = 40;

/// Holds the program's process group together: the program takes this shell's place, and a subshell waits for standard input to close,
/// then removes `$1` (a glob pattern, may be empty) and ends the group, and so itself. The pipe closes however the owner ends, SIGKILL
/// included. The group's id cannot have passed to strangers meanwhile, because the subshell is in the group.
const LIFELINE: &str = r#"
left_behind=$1; shift
exec 3<&0 </dev/null
( read -r _ <&3; rm -f $left_behind; kill -KILL 0 ) &
exec "$@" 3<&-
"#;

/// A running server. Dropping it ends it and what it started in its process group.
#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    /// Closed on drop.
    lifeline: Option<ChildStdin>,
    log: PathBuf,
}

/// Why a server does not serve.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Somebody else has the port: another may do.
    PortTaken,
    /// Trying again is of no use.
    Other(PeerError),
}

impl From<PeerError> for Failure {
    fn from(error: PeerError) -> Self {
        Self::Other(error)
    }
}

/// What to start.
pub(crate) struct Server<'a> {
    /// Names the log and appears in errors.
    pub(crate) name: &'static str,
    pub(crate) program: &'a Path,
    pub(crate) arguments: &'a [&'a str],
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// Working directory, and place of the log.
    pub(crate) directory: &'a Path,
    /// Glob pattern of what the server leaves outside `directory` when it is killed, or empty.
    pub(crate) left_behind: &'a str,
}

impl Server<'_> {
    /// Starts the server and waits until `probe`, given the log so far, finds it serving.
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
            .args(["-c", LIFELINE, "sh", self.left_behind])
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
    /// All the server has said on its standard output and error.
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
            if PORT_TAKEN.iter().any(|words| log.contains(words)) {
                return Err(Failure::PortTaken);
            }
            if let Some(status) = ended {
                return Err(self.failure(&format!("ended ({status})"), &log));
            }
            if let Some(found) = probe(&log) {
                return Ok(found);
            }
            if Instant::now() >= deadline {
                return Err(self.failure(&format!("does not serve after {READY_WITHIN:?}"), &log));
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    fn failure(&self, what: &str, log: &str) -> Failure {
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n");
        Failure::Other(PeerError::new(format!("{} {what}; its log ends:\n{end}", self.name)))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The leader first: it is not reaped before `wait`, so its id is still its own. The lifeline then ends the rest of the group.
        // An error means that it has ended already.
        let _ = self.child.kill();
        drop(self.lifeline.take());
        let _ = self.child.wait();
    }
}
