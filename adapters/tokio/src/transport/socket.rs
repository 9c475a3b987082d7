//! The socket of a connection, which can be checked although no task reads from it.

use std::io::{self, Read as _};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use super::record::RecordBoundary;

/// A socket that the connection reads and writes, and that the holder of the connection observes.
///
/// The observation needs no runtime: what the peer has sent is in the kernel even while no task reads it. It is closed when the last
/// clone is dropped.
#[derive(Clone)]
pub(super) struct Socket(Arc<Inner>);

struct Inner {
    stream: Stream,
    /// Number of reads that returned bytes or the end.
    reads: AtomicU64,
    /// Whether a byte of a response was received since the last request, as HTTP sees it: inside TLS.
    has_response: AtomicBool,
    /// Where the bytes read so far end.
    boundary: Mutex<RecordBoundary>,
}

/// A stream of the operating system.
pub(super) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Calls a method that the streams share.
macro_rules! on_stream {
    ($stream:expr, $method:ident($($argument:expr),*)) => {
        match $stream {
            Stream::Tcp(stream) => stream.$method($($argument),*),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.$method($($argument),*),
        }
    };
}

impl Stream {
    fn as_socket(&self) -> SockRef<'_> {
        match self {
            Self::Tcp(stream) => stream.into(),
            #[cfg(unix)]
            Self::Unix(stream) => stream.into(),
        }
    }
}

/// Position in the received bytes: see [`Socket::is_silent_since`].
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadMark(u64);

impl Socket {
    pub(super) fn new(stream: Stream) -> Self {
        Self(Arc::new(Inner {
            stream,
            reads: AtomicU64::new(0),
            has_response: AtomicBool::new(false),
            boundary: Mutex::default(),
        }))
    }

    /// Records that the response to a new request is awaited.
    pub(super) fn expect_response(&self) {
        self.0.has_response.store(false, Ordering::Relaxed);
    }

    /// Records that a byte of a response was received.
    pub(super) fn note_response(&self) {
        self.0.has_response.store(true, Ordering::Relaxed);
    }

    /// Returns whether a byte of the response was received. Called by the task that reads.
    pub(super) fn has_response(&self) -> bool {
        self.0.has_response.load(Ordering::Relaxed)
    }

    pub(super) fn mark(&self) -> ReadMark {
        ReadMark(self.0.reads.load(Ordering::Acquire))
    }

    /// Returns whether the bytes read so far end with a whole record, if they are TLS: the rest of one that began is not the answer to a later request.
    pub(super) fn is_at_record_boundary(&self) -> bool {
        self.0.boundary.lock().unwrap_or_else(PoisonError::into_inner).is_reached()
    }

    /// Returns whether neither a byte nor an end has arrived since the mark, read or unread. Costs a system call.
    pub(super) fn is_silent_since(&self, mark: ReadMark) -> bool {
        self.mark().0 == mark.0 && !self.has_unread_input()
    }

    /// Waits until the runtime has seen something to read, or has not seen yet that there is nothing. No system call.
    pub(super) fn poll_read_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(&self.0.stream, poll_read_ready(context))
    }

    /// Returns whether a byte or an end has arrived that was not read. Costs a system call.
    pub(super) fn has_unread_input(&self) -> bool {
        let peeked = self.0.stream.as_socket().peek(&mut [MaybeUninit::uninit()]);
        // A byte, the end, or an error: only an open and silent socket would block.
        !matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Inner { stream, reads, boundary, .. } = &*self.0;
        loop {
            ready!(on_stream!(stream, poll_read_ready(context)))?;
            let buffer = to.initialize_unfilled();
            let mut read = None;
            let attempt = || {
                let count = (&*stream.as_socket()).read(buffer)?;
                read = Some(count);
                // Less than there was space for: the socket is empty, and becomes readable with the next byte. tokio's own streams
                // save the system call that would find that out in the same way, on the platforms that report changes only.
                if cfg!(unix) && count > 0 && count < buffer.len() {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                Ok(())
            };
            let attempted = on_stream!(stream, try_io(Interest::READABLE, attempt));
            if let Some(count) = read {
                reads.fetch_add(1, Ordering::Release);
                let bytes = buffer.get(..count).unwrap_or_default();
                boundary.lock().unwrap_or_else(PoisonError::into_inner).advance(bytes);
                to.advance(count);
                return Poll::Ready(Ok(()));
            }
            match attempted {
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Poll::Ready(Err(error)),
                _ => {}
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let stream = &self.0.stream;
        loop {
            ready!(on_stream!(stream, poll_write_ready(context)))?;
            match on_stream!(stream, try_write(bytes)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // A request with a small body is one TLS record. The system call for one slice costs less.
        if let [only] = slices {
            return self.poll_write(context, only);
        }
        let stream = &self.0.stream;
        loop {
            ready!(on_stream!(stream, poll_write_ready(context)))?;
            match on_stream!(stream, try_write_vectored(slices)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Sockets have no buffer of their own to flush.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.stream.as_socket().shutdown(std::net::Shutdown::Write))
    }
}
