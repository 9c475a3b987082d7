//! Buffers that temporarily hold secrets.

/// A borrowed buffer that is wiped on drop unless it is released: on every error, and when a future is dropped.
pub(crate) struct Wiped<'b>(&'b mut [u8]);

impl<'b> Wiped<'b> {
    pub(crate) const fn new(buffer: &'b mut [u8]) -> Self {
        Self(buffer)
    }

    pub(crate) const fn bytes(&self) -> &[u8] {
        self.0
    }

    pub(crate) const fn bytes_mut(&mut self) -> &mut [u8] {
        self.0
    }

    /// Returns the buffer without wiping it.
    pub(crate) fn release(mut self) -> &'b mut [u8] {
        core::mem::take(&mut self.0)
    }

    /// Splits the buffer after `at` bytes, or at its end.
    pub(crate) fn split_at(self, at: usize) -> (Self, Self) {
        let buffer = self.release();
        let at = at.min(buffer.len());
        let (front, back) = buffer.split_at_mut_checked(at).unwrap_or_default();
        (Self(front), Self(back))
    }
}

impl Drop for Wiped<'_> {
    fn drop(&mut self) {
        // A fill by words and a barrier, so that the optimiser does not remove it.
        self.0.fill(0);
        zeroize::optimization_barrier(self.0);
    }
}
