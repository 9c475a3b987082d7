//! A program that is run for its output, without the process handling of tokio, which installs a handler of `SIGCHLD` for the whole
//! process.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use zeroize::Zeroizing;

use super::pipe::{Keeps, Pipe};

/// The longest standard output, in bytes.
pub(super) const OUTPUT_MAX: usize = 16 * 1024;
/// The longest standard error that is kept, in bytes.
const ERROR_MAX: usize = 4096;
/// The interval at which pipes and exit are polled, at first and after a second.
const POLL_INTERVALS: [Duration; 2] = [Duration::from_millis(2), Duration::from_millis(20)];

/// What a program left.
pub(super) struct Ended {
    /// All of standard output; `None` if it is longer than [`OUTPUT_MAX`].
    pub(super) output: Option<Zeroizing<Vec<u8>>>,
    /// The end of standard error.
    pub(super) error: Zeroizing<Vec<u8>>,
    /// `None` if another part of this process has taken it: `SIGCHLD` is ignored, so the system discards it.
    pub(super) status: Option<ExitStatus>,
}

/// Runs the program to its end. Dropping the future kills it.
///
/// The program is over when it has exited, even if a process that it started keeps the pipes open: what the program itself wrote has
/// been read by then.
pub(super) async fn run(command: &mut Command) -> io::Result<Ended> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running { child: Some(command.spawn()?) };
    let (stdout, stderr) = running.pipes();
    let mut stdout = Pipe::new(stdout, OUTPUT_MAX + 1, Keeps::Beginning)?;
    let mut stderr = Pipe::new(stderr, ERROR_MAX, Keeps::End)?;
    let mut polls = 0_u32;
    loop {
        // The exit is checked first: everything that the program wrote is in the pipes then.
        let exit = running.exit()?;
        stdout.read()?;
        stderr.read()?;
        let is_too_long = stdout.is_full();
        if let Exit::Ended(status) = exit {
            #[cfg(not(unix))]
            {
                // The threads that read may not have come to the end of what the program wrote.
                tokio::time::sleep(Duration::from_millis(100)).await;
                stdout.read()?;
                stderr.read()?;
            }
            let output = (!is_too_long).then(|| stdout.into_bytes());
            return Ok(Ended { output, error: stderr.into_bytes(), status });
        }
        if is_too_long {
            // It is killed with `running`.
            return Ok(Ended { output: None, error: stderr.into_bytes(), status: None });
        }
        let interval = POLL_INTERVALS[usize::from(polls > 500)];
        polls = polls.saturating_add(1);
        tokio::time::sleep(interval).await;
    }
}

/// Whether a program has ended.
enum Exit {
    NotYet,
    /// With its status, unless that is lost.
    Ended(Option<ExitStatus>),
}

/// A running program, which is killed when this is dropped.
struct Running {
    /// `None` once the program has ended and its process id may belong to another process.
    child: Option<Child>,
}

impl Running {
    fn pipes(&mut self) -> (Option<std::process::ChildStdout>, Option<std::process::ChildStderr>) {
        let child = self.child.as_mut();
        child.map_or((None, None), |child| (child.stdout.take(), child.stderr.take()))
    }

    /// Returns whether the program has ended, and its exit status.
    fn exit(&mut self) -> io::Result<Exit> {
        let Some(child) = self.child.as_mut() else { return Ok(Exit::Ended(None)) };
        let exit = match child.try_wait() {
            Ok(None) => return Ok(Exit::NotYet),
            Ok(Some(status)) => Some(status),
            // ECHILD: with SIGCHLD ignored there is nothing to wait for (POSIX, waitpid).
            Err(error) if error.raw_os_error() == Some(ECHILD) => None,
            Err(error) => return Err(error),
        };
        self.child = None;
        Ok(Exit::Ended(exit))
    }
}

/// The same on Linux, macOS and the BSDs.
const ECHILD: i32 = 10;

impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let _ = child.kill();
        if matches!(child.try_wait(), Ok(None)) {
            // It ends at once. Waiting for that releases its process id, and must not block the runtime.
            let _ = std::thread::Builder::new().name("credentials".to_owned()).spawn(move || child.wait());
        }
    }
}
