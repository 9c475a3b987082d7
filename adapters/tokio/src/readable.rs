//! Files that are read without a wait that cannot be ended: also named pipes (FIFOs).

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::wiped;

/// Longest wait for the writer of a pipe, if the reader does not end it before.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How often a pipe without bytes is read again.
const INTERVAL: Duration = Duration::from_millis(10);
/// Bytes that are read at once.
const CHUNK: usize = 4096;

/// A wait for the writer of a pipe, which its owner can end.
#[derive(Debug)]
pub(crate) struct PipeWait {
    shared: Arc<Shared>,
    until: Instant,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    over: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_over: bool,
    /// The open pipe. It is here so that the end of the wait closes it: what is written later is left to the next reader.
    pipe: Option<File>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for PipeWait {
    fn default() -> Self {
        Self::of(LONGEST_WAIT)
    }
}

/// A guard that ends the wait when it is dropped: no byte of the pipe is read afterwards.
pub(crate) struct EndOnDrop(Arc<Shared>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_over = true;
        state.pipe = None;
        self.0.over.notify_all();
    }
}

impl PipeWait {
    /// Returns a wait that ends after this time.
    pub(crate) fn of(longest: Duration) -> Self {
        let now = Instant::now();
        let until = now.checked_add(longest).unwrap_or(now + LONGEST_WAIT);
        Self { shared: Arc::default(), until }
    }

    pub(crate) fn end_on_drop(&self) -> EndOnDrop {
        EndOnDrop(self.shared.clone())
    }

    /// Returns the state, or an error once the wait is over.
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.shared.state();
        if state.is_over || Instant::now() > self.until {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the named pipe was not written and closed in time",
            ));
        }
        Ok(state)
    }

    /// Sleeps until the next attempt, or until the wait ends.
    fn pause(&self) {
        let state = self.shared.state();
        drop(self.shared.over.wait_timeout_while(state, INTERVAL, |state| !state.is_over));
    }
}

/// Reads a whole file into memory that is wiped.
///
/// # Errors
/// [`FileTooLarge`](io::ErrorKind::FileTooLarge) if it has more than `max` bytes, and the errors of the operating system.
pub(crate) fn read(path: &Path, max: usize, wait: &PipeWait) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut source = Source::open(path, wait)?;
    let (mut bytes, mut chunk) = (Zeroizing::new(Vec::new()), Zeroizing::new([0; CHUNK]));
    loop {
        let count = source.read(&mut *chunk, !bytes.is_empty(), wait)?;
        let read = chunk.get(..count).unwrap_or_default();
        if read.is_empty() {
            return Ok(bytes);
        }
        if read.len() > max - bytes.len() {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {max} bytes")));
        }
        wiped::append(&mut bytes, read);
    }
}

/// An open file.
enum Source {
    File(File),
    Pipe { _open: OpenPipe },
}

/// A guard that closes the pipe when it is dropped.
struct OpenPipe(Arc<Shared>);

impl Drop for OpenPipe {
    fn drop(&mut self) {
        self.0.state().pipe = None;
    }
}

impl Source {
    /// Opens a file. With a pipe, it does not wait for a writer.
    fn open(path: &Path, wait: &PipeWait) -> io::Result<Self> {
        // The call may begin late, on a thread that was busy.
        drop(wait.state()?);
        let file = open(path)?;
        if !is_pipe(&file)? {
            return Ok(Self::File(file));
        }
        wait.state()?.pipe = Some(file);
        Ok(Self::Pipe { _open: OpenPipe(wait.shared.clone()) })
    }

    /// Reads some bytes; 0 at the end. `has_begun`: bytes were read before. A pipe to which nothing was written has not ended: its writer
    /// may not have opened it yet.
    fn read(&mut self, to: &mut [u8], has_begun: bool, wait: &PipeWait) -> io::Result<usize> {
        loop {
            let read = match self {
                Self::File(file) => file.read(to),
                // Under the lock, and without blocking: nothing is read after the end of the wait.
                Self::Pipe { .. } => wait.state()?.pipe.as_ref().map_or(Ok(0), |mut pipe| pipe.read(to)),
            };
            match read {
                Ok(0) if matches!(self, Self::Pipe { .. }) && !has_begun => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => return read,
            }
            drop(wait.state()?);
            wait.pause();
        }
    }
}

/// Opens a file for reading, without a wait for the writer of a pipe.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))?;
    Ok(file.into())
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn is_pipe(file: &File) -> io::Result<bool> {
    use rustix::fs::FileType;
    Ok(FileType::from_raw_mode(rustix::fs::fstat(file)?.st_mode) == FileType::Fifo)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn is_pipe(_: &File) -> io::Result<bool> {
    Ok(false)
}
