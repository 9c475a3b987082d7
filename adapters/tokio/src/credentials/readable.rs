//! Files that are read without a wait that cannot be ended: also named pipes (FIFOs).

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Longest wait for the writer of a pipe, if the reader does not end it before.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How often a pipe without bytes is read again.
const INTERVAL: Duration = Duration::from_millis(10);

/// Whether a wait goes on.
#[derive(Debug)]
pub(super) struct PipeWait {
    is_over: Arc<AtomicBool>,
    until: Instant,
}

impl Default for PipeWait {
    fn default() -> Self {
        Self { is_over: Arc::default(), until: Instant::now() + LONGEST_WAIT }
    }
}

/// Ends the wait when it is dropped.
pub(super) struct EndOnDrop(Arc<AtomicBool>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl PipeWait {
    pub(super) fn end_on_drop(&self) -> EndOnDrop {
        EndOnDrop(self.is_over.clone())
    }

    /// Waits a moment, or says that the wait is over.
    fn pause(&self) -> io::Result<()> {
        std::thread::sleep(INTERVAL);
        // Checked last: a reader whose caller has gone must not take bytes from the next reader.
        if self.is_over.load(Ordering::Relaxed) || Instant::now() > self.until {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "nothing was written to the pipe"));
        }
        Ok(())
    }
}

/// An open file.
pub(super) struct Source {
    file: File,
    is_pipe: bool,
}

impl Source {
    /// Opens a file. That of a pipe does not wait for a writer.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            // The bits of the flag are a positive `int` everywhere.
            options.custom_flags(i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0));
        }
        let file = options.open(path)?;
        Ok(Self { is_pipe: is_pipe(&file)?, file })
    }

    /// Reads some bytes; 0 at the end. `has_begun`: bytes were read before. A pipe to which nothing was written has not ended: its writer
    /// may not have opened it yet.
    pub(super) fn read(&mut self, to: &mut [u8], has_begun: bool, wait: &PipeWait) -> io::Result<usize> {
        loop {
            match self.file.read(to) {
                Ok(0) if self.is_pipe && !has_begun => wait.pause()?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait.pause()?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }
}

#[cfg(unix)]
fn is_pipe(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::FileTypeExt as _;
    Ok(file.metadata()?.file_type().is_fifo())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn is_pipe(_: &File) -> io::Result<bool> {
    Ok(false)
}
