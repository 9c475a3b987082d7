//! Memory that holds secrets for a time, and what is left of it.

use core::ops::{Deref, DerefMut};

use zeroize::Zeroize;

/// Borrowed memory that is wiped when it is let go of, also by a future that is dropped.
pub(crate) struct Wiped<'b, T: Zeroize>(pub(crate) &'b mut T);

impl<T: Zeroize> Deref for Wiped<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: Zeroize> DerefMut for Wiped<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0
    }
}

impl<T: Zeroize> Drop for Wiped<'_, T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The same of bytes.
pub(crate) struct WipedBytes<'b>(pub(crate) &'b mut [u8]);

impl Deref for WipedBytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0
    }
}

impl DerefMut for WipedBytes<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.0
    }
}

impl Drop for WipedBytes<'_> {
    fn drop(&mut self) {
        wipe(self.0);
    }
}

/// Overwrites bytes. A wide fill, then a barrier, so that the optimiser does not leave it out: `zeroize` stores each byte alone.
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    zeroize::optimization_barrier(bytes);
}

/// Bytes of stack that are overwritten: a judgement, and no proof that no frame is larger. Less than a TLS handshake needs, so that it
/// costs no stack.
const SCRUBBED: usize = 4096;

/// Overwrites what calls that are over have left on the stack. A value that is moved leaves its bytes behind, and an enum that
/// is copied later takes whatever lies where its other variants would be, into memory that stays.
///
/// A second line: tests that litter the stack with a secret and look through the client's memory afterwards
/// (`tests/suites/device/tests/secrets.rs`) find nothing without it either, as compilers lay things out today. What lies deeper stays on the
/// stack until something else is written there.
#[inline(never)]
pub(crate) fn scrub_stack() {
    let mut area = [0_u8; SCRUBBED];
    core::hint::black_box(&mut area);
}
