//! A stream that plays a part: what comes, in which pieces, and how it ends.

use core::future::poll_fn;
use core::task::Poll;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

/// How a stream ends once everything was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// `Ok(0)`
    Closed,
    Error(ErrorKind),
    /// Nothing comes any more.
    Silent,
}

#[derive(Debug)]
pub(crate) struct Stream {
    incoming: Vec<u8>,
    given: usize,
    /// Bytes given by one read at most: one after the other, the last one again and again.
    pieces: Vec<usize>,
    reads: usize,
    end: End,
    /// Bytes taken by one write at most.
    write: usize,
    /// What the calls that send give from this call on.
    broken: Option<(usize, Result<usize, ErrorKind>)>,
    pub(crate) written: Vec<u8>,
    sends: usize,
    pub(crate) flushed: usize,
    /// Whether each call is pending once before it is ready.
    hesitant: bool,
}

impl Stream {
    pub(crate) fn new(incoming: &[u8]) -> Self {
        Self {
            incoming: incoming.to_vec(),
            given: 0,
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

    pub(crate) fn in_pieces(self, pieces: &[usize]) -> Self {
        assert!(pieces.iter().all(|&piece| piece > 0) && !pieces.is_empty());
        Self { pieces: pieces.to_vec(), ..self }
    }

    pub(crate) fn ending(self, end: End) -> Self {
        Self { end, ..self }
    }

    /// Takes so many bytes in one write at most.
    pub(crate) fn taking(self, write: usize) -> Self {
        Self { write, ..self }
    }

    /// Gives this from so many writes and flushes on.
    pub(crate) fn broken_after(self, sends: usize, result: Result<usize, ErrorKind>) -> Self {
        Self { broken: Some((sends, result)), ..self }
    }

    pub(crate) fn hesitant(self) -> Self {
        Self { hesitant: true, ..self }
    }

    /// More that comes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.incoming.extend(bytes);
    }

    /// Bytes that nobody asked for.
    pub(crate) fn left(&self) -> usize {
        self.incoming.len() - self.given
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
    async fn read(&mut self, room: &mut [u8]) -> Result<usize, ErrorKind> {
        self.hesitate().await;
        assert!(!room.is_empty(), "a read without room looks like the end");
        let piece = self.pieces.get(self.reads).or(self.pieces.last()).copied().unwrap();
        self.reads += 1;
        let count = self.left().min(piece).min(room.len());
        if count == 0 {
            return match self.end {
                End::Closed => Ok(0),
                End::Error(kind) => Err(kind),
                End::Silent => core::future::pending().await,
            };
        }
        room[..count].copy_from_slice(&self.incoming[self.given..self.given + count]);
        self.given += count;
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
