//! Writing into a fixed buffer, all or nothing.

use super::wiped::wipe;
use crate::text::CapacityError;

/// Writes to the start of a buffer. Goes on counting when that is full, so that the error can say how much was needed.
pub(super) struct Sink<'b> {
    buffer: &'b mut [u8],
    needed: usize,
}

impl<'b> Sink<'b> {
    pub(super) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, needed: 0 }
    }

    pub(super) fn put(&mut self, byte: u8) {
        if let Some(place) = self.buffer.get_mut(self.needed) {
            *place = byte;
        }
        self.needed = self.needed.saturating_add(1);
    }

    /// All of `bytes`, or none of them: what is full stays full.
    pub(super) fn put_all(&mut self, bytes: &[u8]) {
        let end = self.needed.saturating_add(bytes.len());
        if let Some(places) = self.buffer.get_mut(self.needed..end) {
            places.copy_from_slice(bytes);
        }
        self.needed = end;
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.needed == 0
    }

    /// What was written. If that was not everything, the whole buffer is wiped.
    pub(super) fn finish(self, what: &'static str) -> Result<&'b [u8], CapacityError> {
        let Self { buffer, needed } = self;
        let capacity = buffer.len();
        if needed > capacity {
            wipe(buffer);
            return Err(CapacityError { what, needed, capacity });
        }
        Ok(buffer.get(..needed).unwrap_or_default())
    }
}
