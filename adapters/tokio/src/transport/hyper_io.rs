//! tokio's streams under hyper's traits.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use zeroize::Zeroize as _;

/// Bytes read at once. Token responses are shorter; longer ones need several turns.
const CHUNK: usize = 4096;

/// A stream for hyper.
///
/// What is read goes through a chunk on the stack: one copy of a few hundred bytes, no unsafe code, and the chunk is
/// wiped, for it may hold a token.
pub(super) struct HyperIo<S>(pub(super) S);

impl<S: AsyncRead + Unpin> hyper::rt::Read for HyperIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut cursor: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut chunk = [0; CHUNK];
        let room = cursor.remaining().min(CHUNK);
        // `room` is at most `CHUNK`, so the slice is never the empty fallback.
        let mut buffer = ReadBuf::new(chunk.get_mut(..room).unwrap_or_default());
        let polled = Pin::new(&mut self.0).poll_read(context, &mut buffer);
        cursor.put_slice(buffer.filled());
        buffer.filled_mut().zeroize();
        polled
    }
}

impl<S: AsyncWrite + Unpin> hyper::rt::Write for HyperIo<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, slices)
    }
}
