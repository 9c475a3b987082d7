//! The pipe of a program's output, read without blocking and without waiting for its end.

use std::io;

use zeroize::{Zeroize as _, Zeroizing};

/// A pipe, and what was read from it, up to a limit.
pub(super) struct Pipe {
    source: Option<platform::Source>,
    bytes: Zeroizing<Vec<u8>>,
    length: usize,
    keeps: Keeps,
    /// Whether bytes were discarded.
    is_cut: bool,
}

/// The part that is kept of an output longer than the limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeps {
    /// The beginning. Nothing is read beyond the limit.
    Beginning,
    /// The whole lines at the end. Everything before them is discarded.
    End,
}

/// The most bytes that one call of [`Pipe::read`] discards: a program that writes without end must not block the runtime.
const TURN_MAX: usize = 1024 * 1024;

impl Pipe {
    pub(super) fn new<P: platform::Output>(
        output: Option<P>,
        limit: usize,
        keeps: Keeps,
    ) -> io::Result<Self> {
        let source = output.map(platform::Source::new).transpose()?;
        // Never grows, so it leaves no unwiped copy.
        Ok(Self { source, bytes: Zeroizing::new(vec![0; limit]), length: 0, keeps, is_cut: false })
    }

    /// Reads what is there.
    pub(super) fn read(&mut self) -> io::Result<()> {
        let Some(source) = self.source.as_mut() else { return Ok(()) };
        let mut beyond = Zeroizing::new([0; 1024]);
        let mut discarded = 0;
        while discarded < TURN_MAX {
            let free = self.bytes.get_mut(self.length..).unwrap_or_default();
            let is_full = free.is_empty();
            if is_full && self.keeps == Keeps::Beginning {
                break;
            }
            match source.try_read(if is_full { &mut beyond[..] } else { free }) {
                Ok(0) => {
                    self.source = None;
                    return Ok(());
                }
                Ok(count) if is_full => {
                    discarded += count;
                    self.is_cut = true;
                    push(&mut self.bytes, beyond.get(..count).unwrap_or_default());
                }
                Ok(count) => self.length += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.length == self.bytes.len()
    }

    pub(super) fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        let mut bytes = self.bytes;
        // The rest is zeros: truncating leaves nothing unwiped.
        bytes.truncate(self.length);
        if self.is_cut {
            // A part of a line may be a part of a secret, which would not be recognised as one.
            let first_whole = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
            bytes.copy_within(first_whole.., 0);
            let length = bytes.len() - first_whole;
            bytes.get_mut(length..).unwrap_or_default().zeroize();
            bytes.truncate(length);
        }
        bytes
    }
}

/// Appends bytes, and removes as many at the beginning.
fn push(to: &mut [u8], bytes: &[u8]) {
    let count = bytes.len().min(to.len());
    to.rotate_left(count);
    let (_, end) = to.split_at_mut(to.len() - count);
    end.copy_from_slice(bytes.get(bytes.len() - count..).unwrap_or_default());
}

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io::{self, Read as _};
    use std::os::fd::OwnedFd;

    use tokio::net::unix::pipe::Receiver;

    /// The reading end of a pipe.
    pub(crate) trait Output: Into<OwnedFd> {}
    impl<T: Into<OwnedFd>> Output for T {}

    pub(super) struct Source(File);

    impl Source {
        /// tokio's receiver makes the pipe non-blocking. It is read without it: what it knows of the pipe is as old as the last turn of
        /// its event loop, but what a program wrote must be found as soon as it has exited.
        pub(super) fn new(output: impl Output) -> io::Result<Self> {
            Ok(Self(Receiver::from_owned_fd(output.into())?.into_nonblocking_fd()?.into()))
        }

        pub(super) fn try_read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            self.0.read(to)
        }
    }
}

/// Other systems have no pipes that can be read without blocking: a thread reads. It ends with the last process that holds the pipe.
#[cfg(not(unix))]
mod platform {
    use std::io::{self, Read};
    use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

    use zeroize::Zeroizing;

    /// The reading end of a pipe.
    pub(crate) trait Output: Read + Send + 'static {}
    impl<T: Read + Send + 'static> Output for T {}

    pub(super) struct Source {
        chunks: Receiver<Zeroizing<Vec<u8>>>,
        rest: Zeroizing<Vec<u8>>,
    }

    impl Source {
        pub(super) fn new(mut output: impl Output) -> io::Result<Self> {
            let (sender, chunks) = sync_channel(4);
            std::thread::Builder::new().name("credentials".to_owned()).spawn(move || {
                loop {
                    let mut chunk = Zeroizing::new(vec![0; 1024]);
                    let Ok(count @ 1..) = output.read(&mut chunk) else { return };
                    chunk.truncate(count);
                    if sender.send(chunk).is_err() {
                        return;
                    }
                }
            })?;
            Ok(Self { chunks, rest: Zeroizing::default() })
        }

        pub(super) fn try_read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            if self.rest.is_empty() {
                self.rest = match self.chunks.try_recv() {
                    Ok(chunk) => chunk,
                    Err(TryRecvError::Empty) => return Err(io::ErrorKind::WouldBlock.into()),
                    Err(TryRecvError::Disconnected) => return Ok(0),
                };
            }
            let count = self.rest.len().min(to.len());
            let (now, later) = self.rest.split_at(count);
            to[..count].copy_from_slice(now);
            self.rest = Zeroizing::new(later.to_vec());
            Ok(count)
        }
    }
}
