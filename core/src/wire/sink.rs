//! Writing into a fixed buffer, all or nothing.

use crate::secret::wipe;
use crate::text::CapacityError;

/// A writer to the start of a buffer. It keeps counting when the buffer is full, so that the error has the needed length.
pub(super) struct Sink<'b> {
    buffer: &'b mut [u8],
    needed: usize,
    /// Whether form encoding writes a space as `%20` instead of `+`.
    pub(super) escapes_spaces: bool,
}

impl<'b> Sink<'b> {
    pub(super) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, needed: 0, escapes_spaces: false }
    }

    /// Returns a sink for form encoding outside of a form: every server decodes `%20`, while some do not decode `+` there.
    pub(super) const fn with_escaped_spaces(buffer: &'b mut [u8]) -> Self {
        Self { buffer, needed: 0, escapes_spaces: true }
    }

    /// Returns the place for the next `length` bytes, if they fit.
    #[inline]
    pub(super) fn place(&mut self, length: usize) -> Option<&mut [u8]> {
        let free = self.buffer.get_mut(self.needed..);
        self.needed = self.needed.saturating_add(length);
        free?.get_mut(..length)
    }

    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // Many callers.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        if let Some(place) = self.place(bytes.len()) {
            copy(bytes, place);
        }
    }

    /// Returns the number of bytes that were written or would have been.
    pub(super) const fn needed(&self) -> usize {
        self.needed
    }

    /// Returns the written bytes. If they did not fit, the whole buffer is wiped.
    pub(super) fn finish(self, what: &'static str) -> Result<&'b [u8], CapacityError> {
        let Self { buffer, needed, .. } = self;
        let capacity = buffer.len();
        if needed > capacity {
            wipe(buffer);
            return Err(CapacityError { what, needed, capacity });
        }
        Ok(buffer.get(..needed).unwrap_or_default())
    }
}

/// Copies as many bytes as both have. Unlike `copy_from_slice`, without a panic that the linker would keep.
#[inline]
pub(super) fn copy(from: &[u8], to: &mut [u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
