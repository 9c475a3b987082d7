//! A scripted stream: the bytes it returns, in which pieces, and how it ends.

use core::future::poll_fn;
use core::task::Poll;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

/// How a stream ends after all its bytes were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Reads return `Ok(0)`.
    Closed,
    /// Reads fail.
    Error(ErrorKind),
    /// Reads never complete.
    Silent,
}

/// A stream whose peer follows a script.
#[derive(Debug)]
pub struct Stream {
    incoming: Vec<u8>,
    returned: usize,
    /// Most bytes that each read returns, in order; the last one applies to all further reads.
    pieces: Vec<usize>,
    reads: usize,
    end: End,
    /// Most bytes that one write takes.
    write: usize,
    /// The result of writes and flushes after this many of them.
    broken: Option<(usize, Result<usize, ErrorKind>)>,
    /// All bytes that were written.
    pub written: Vec<u8>,
    sends: usize,
    /// Bytes that were written before the last flush.
    pub flushed: usize,
    /// Whether each call returns `Pending` once before it is ready.
    hesitant: bool,
}

impl Stream {
    /// Returns a stream that returns these bytes in one read and then ends with [`End::Closed`].
    #[must_use]
    pub fn new(incoming: &[u8]) -> Self {
        Self {
            incoming: incoming.to_vec(),
            returned: 0,
            pieces: vec![usize::MAX],
            reads: 0,
            end: End::Closed,
            write: usize::MAX,
            broken: None,
            written: Vec::new(),
            sends: 0,
            flushed: 0,
            hesitant: false,
        }
    }

    /// Returns at most this many bytes per read; the last size applies to all further reads.
    #[must_use]
    pub fn in_pieces(self, pieces: &[usize]) -> Self {
        assert!(pieces.iter().all(|&piece| piece > 0) && !pieces.is_empty());
        Self { pieces: pieces.to_vec(), ..self }
    }

    /// Ends in this way.
    #[must_use]
    pub fn ending(self, end: End) -> Self {
        Self { end, ..self }
    }

    /// Takes at most this many bytes per write.
    #[must_use]
    pub fn taking(self, write: usize) -> Self {
        Self { write, ..self }
    }

    /// Returns this result from writes and flushes after this many of them.
    #[must_use]
    pub fn broken_after(self, sends: usize, result: Result<usize, ErrorKind>) -> Self {
        Self { broken: Some((sends, result)), ..self }
    }

    /// Returns `Pending` once before each result.
    #[must_use]
    pub fn hesitant(self) -> Self {
        Self { hesitant: true, ..self }
    }

    /// Appends bytes to be read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.incoming.extend(bytes);
    }

    /// Returns the number of bytes that were not read.
    #[must_use]
    pub fn left(&self) -> usize {
        self.incoming.len() - self.returned
    }

    async fn hesitate(&self) {
        let mut asked = !self.hesitant;
        poll_fn(|context| {
            if core::mem::replace(&mut asked, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    async fn send(&mut self) -> Option<Result<usize, ErrorKind>> {
        self.hesitate().await;
        self.sends += 1;
        self.broken.filter(|(sends, _)| self.sends > *sends).map(|(_, result)| result)
    }
}

impl ErrorType for Stream {
    type Error = ErrorKind;
}

impl Read for Stream {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.hesitate().await;
        assert!(!buffer.is_empty(), "a read into an empty buffer looks like the end");
        let piece = self.pieces.get(self.reads).or(self.pieces.last()).copied().expect("never empty");
        self.reads += 1;
        let count = self.left().min(piece).min(buffer.len());
        if count == 0 {
            return match self.end {
                End::Closed => Ok(0),
                End::Error(kind) => Err(kind),
                End::Silent => core::future::pending().await,
            };
        }
        buffer[..count].copy_from_slice(&self.incoming[self.returned..self.returned + count]);
        self.returned += count;
        Ok(count)
    }
}

impl Write for Stream {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        if let Some(result) = self.send().await {
            return result;
        }
        let count = bytes.len().min(self.write);
        self.written.extend(&bytes[..count]);
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        if let Some(result) = self.send().await {
            return result.map(|_| ());
        }
        self.flushed = self.written.len();
        Ok(())
    }
}
