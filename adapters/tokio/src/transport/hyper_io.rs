//! Adapter from tokio's stream traits to hyper's.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncBufRead as _, AsyncWrite as _};

use super::stream::Stream;

/// A stream for hyper.
///
/// Bytes are copied from the stream's own buffer, which needs neither unsafe code nor a second buffer.
pub(super) struct HyperIo {
    stream: Stream,
    /// Whether nothing is left in the buffers above the socket. hyper reads several times for each response, and TLS would prepare its buffers each
    /// time.
    is_drained: bool,
}

impl HyperIo {
    pub(super) const fn new(stream: Stream) -> Self {
        Self { stream, is_drained: false }
    }

    /// As `poll_read` of hyper's trait; returns the number of bytes as well, which is 0 at the end of the stream.
    pub(super) fn poll_read_some(
        &mut self,
        context: &mut Context<'_>,
        mut cursor: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.is_drained {
            ready!(self.stream.socket().poll_read_ready(context))?;
        }
        let mut stream = Pin::new(&mut self.stream);
        let filled = stream.as_mut().poll_fill_buf(context);
        self.is_drained = filled.is_pending();
        let bytes = ready!(filled)?;
        let fitting = bytes.get(..cursor.remaining()).unwrap_or(bytes);
        let count = fitting.len();
        cursor.put_slice(fitting);
        stream.consume(count);
        if count > 0 {
            self.stream.socket().note_response();
        }
        Poll::Ready(Ok(count))
    }
}

impl hyper::rt::Read for HyperIo {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        cursor: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.get_mut().poll_read_some(context, cursor).map_ok(drop)
    }
}

impl hyper::rt::Write for HyperIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}
