//! Memory that holds secrets for a time.

use core::ops::{Deref, DerefMut};

use zeroize::Zeroize;

/// Borrowed memory that is wiped when it is let go of, also by a future that is dropped.
pub(crate) struct Wiped<'b, T: Zeroize + ?Sized>(pub(crate) &'b mut T);

impl<T: Zeroize + ?Sized> Deref for Wiped<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: Zeroize + ?Sized> DerefMut for Wiped<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0
    }
}

impl<T: Zeroize + ?Sized> Drop for Wiped<'_, T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
