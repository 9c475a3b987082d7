//! A transport without a network: what the server sends is there from the beginning, what the client sends is looked at.

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

/// Gives `incoming`, and hands what is written to `outgoing`.
///
/// It is always ready, as if all had arrived already: nothing but the client itself ever waits.
#[derive(Debug)]
pub struct Memory<'a, F> {
    incoming: &'a [u8],
    outgoing: F,
}

impl<'a, F: FnMut(&[u8])> Memory<'a, F> {
    /// A transport with these bytes of the server, and then its end.
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
