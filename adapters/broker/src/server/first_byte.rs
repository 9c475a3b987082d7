//! A stream whose first byte has arrived.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// The operations that both kinds of socket have.
pub(super) trait TryRead {
    async fn readable(&self) -> io::Result<()>;
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize>;
}

impl TryRead for UnixStream {
    async fn readable(&self) -> io::Result<()> {
        Self::readable(self).await
    }
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Self::try_read(self, buffer)
    }
}

impl TryRead for TcpStream {
    async fn readable(&self) -> io::Result<()> {
        Self::readable(self).await
    }
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Self::try_read(self, buffer)
    }
}

/// The longest response that is copied into one slice, in bytes. A response with a token is shorter, and many of the API are.
const TOGETHER_MAX: usize = 2048;

/// Returns the slices joined in `memory`. `None` if they do not fit.
fn join<'m>(slices: &[io::IoSlice<'_>], memory: &'m mut [u8]) -> Option<&'m [u8]> {
    let mut end = 0;
    for slice in slices {
        let next = end + slice.len();
        memory.get_mut(end..next)?.copy_from_slice(slice);
        end = next;
    }
    memory.get(..end)
}

/// A stream of which the first byte was read already; it is returned by the first read.
pub(super) struct AfterFirstByte<S> {
    first: Option<u8>,
    stream: S,
}

impl<S: TryRead> AfterFirstByte<S> {
    /// `None`: the peer closed, or the connection failed.
    pub(super) async fn wait(stream: S) -> Option<Self> {
        loop {
            stream.readable().await.ok()?;
            let mut byte = [0];
            match stream.try_read(&mut byte) {
                Ok(0) => return None,
                Ok(_) => return Some(Self { first: Some(byte[0]), stream }),
                // A new socket is reported as readable once although it has no data.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return None,
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for AfterFirstByte<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.first.filter(|_| buffer.remaining() > 0) {
            Some(byte) => {
                self.first = None;
                buffer.put_slice(&[byte]);
                // More bytes may be available already.
                let _ = Pin::new(&mut self.stream).poll_read(context, buffer);
                Poll::Ready(Ok(()))
            }
            None => Pin::new(&mut self.stream).poll_read(context, buffer),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for AfterFirstByte<S> {
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
        // Head and body of a short response are written as one slice: copying them costs less than the additional cost of the system call
        // for several slices.
        let mut together = [0; TOGETHER_MAX];
        match join(slices, &mut together) {
            Some(bytes) => Pin::new(&mut self.stream).poll_write(context, bytes),
            None => Pin::new(&mut self.stream).poll_write_vectored(context, slices),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::IoSlice;

    use super::join;

    #[test]
    fn slices_are_joined_if_they_fit() {
        let mut memory = [0; 5];
        assert_eq!(join(&[IoSlice::new(b"ab"), IoSlice::new(b"cde")], &mut memory), Some(&b"abcde"[..]));
        assert_eq!(join(&[IoSlice::new(b"abc"), IoSlice::new(b"def")], &mut memory), None);
        assert_eq!(join(&[], &mut memory), Some(&b""[..]));
    }
}
