//! The caller's buffer for a body, as far as it is filled.

use crate::error::{ResponseError, ResponsePart};
use crate::wiped::Wiped;

/// The received part of a body.
pub(crate) struct Body<'b> {
    buffer: Wiped<'b>,
    length: usize,
}

impl<'b> Body<'b> {
    pub(crate) const fn new(buffer: Wiped<'b>) -> Self {
        Self { buffer, length: 0 }
    }

    /// Returns the body without the rest of its buffer.
    pub(crate) fn finish(self) -> &'b mut [u8] {
        let (body, rest) = self.buffer.split_at(self.length);
        // Nothing was written to the rest.
        rest.release();
        body.release()
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<(), ResponseError> {
        self.check_capacity(bytes.len() as u64)?;
        let free = self.buffer.bytes_mut().get_mut(self.length..).unwrap_or_default();
        for (to, from) in free.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.length = self.length.saturating_add(bytes.len());
        Ok(())
    }

    /// Fails if this many more bytes exceed the buffer.
    pub(crate) fn check_capacity(&self, bytes: u64) -> Result<(), ResponseError> {
        let capacity = self.buffer.bytes().len();
        let needed = bytes.checked_add(self.length as u64);
        if needed.is_some_and(|needed| needed <= capacity as u64) {
            return Ok(());
        }
        Err(ResponseError::TooLarge { part: ResponsePart::Body, needed, capacity })
    }
}
