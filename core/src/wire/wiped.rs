//! Wiping that the optimiser must not remove.

use core::ops::{Deref, DerefMut};

use crate::secret::wipe;

/// A borrowed buffer that is wiped when it is dropped, on every return from the function that holds it.
pub(super) struct Wiped<'b>(pub(super) &'b mut [u8]);

impl Drop for Wiped<'_> {
    fn drop(&mut self) {
        wipe(self.0);
    }
}

impl Deref for Wiped<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0
    }
}

impl DerefMut for Wiped<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.0
    }
}
