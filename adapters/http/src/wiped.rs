//! Buffers that hold secrets for a time.

/// A borrowed buffer that is wiped unless it is taken back: on every error, and when a future is dropped in the middle.
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

    /// The buffer as it is.
    pub(crate) fn release(mut self) -> &'b mut [u8] {
        core::mem::take(&mut self.0)
    }

    /// The first `at` bytes, all of them if there are fewer, and the others.
    pub(crate) fn split_at(self, at: usize) -> (Self, Self) {
        let buffer = self.release();
        let at = at.min(buffer.len());
        let (front, back) = buffer.split_at_mut_checked(at).unwrap_or_default();
        (Self(front), Self(back))
    }
}

impl Drop for Wiped<'_> {
    fn drop(&mut self) {
        // A wide fill, then a barrier, so that the optimiser does not leave it out.
        self.0.fill(0);
        zeroize::optimization_barrier(self.0);
    }
}
