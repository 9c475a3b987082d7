//! A transport in memory: all bytes of the server are available from the start, and a function receives the client's bytes.

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

/// A transport that reads from `incoming` and passes written bytes to `outgoing`. It is always ready.
#[derive(Debug)]
pub struct Memory<'a, F> {
    incoming: &'a [u8],
    outgoing: F,
}

impl<'a, F: FnMut(&[u8])> Memory<'a, F> {
    /// Creates a transport with these bytes of the server, followed by the end of the stream.
    pub fn new(incoming: &'a [u8], outgoing: F) -> Self {
        Self { incoming, outgoing }
    }
}

impl<F> ErrorType for Memory<'_, F> {
    type Error = ErrorKind;
}

impl<F: FnMut(&[u8])> Read for Memory<'_, F> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        let count = buf.len().min(self.incoming.len());
        let (now, later) = self.incoming.split_at(count);
        buf[..count].copy_from_slice(now);
        self.incoming = later;
        Ok(count)
    }
}

impl<F: FnMut(&[u8])> Write for Memory<'_, F> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        (self.outgoing)(buf);
        Ok(buf.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
