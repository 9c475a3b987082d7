//! Memory that temporarily holds secrets.

use core::ops::{Deref, DerefMut};

use zeroize::Zeroize;

/// Borrowed memory that is wiped on drop, including when a future is dropped.
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

/// Borrowed bytes that are wiped on drop.
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

/// Overwrites bytes. A fill by words and a barrier, so that the optimiser does not remove it: `zeroize` stores single bytes.
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    zeroize::optimization_barrier(bytes);
}

/// Bytes of stack that are overwritten: an estimate, not a proof that no frame is larger. A TLS handshake needs more, so it does not
/// raise the peak.
const SCRUBBED: usize = 4096;

/// Overwrites what completed calls left on the stack. A moved value leaves its bytes behind, and copying an enum also copies the
/// bytes at the places of its other variants, possibly into memory that stays.
///
/// A second line of defence: the tests in `tests/suites/device/tests/secrets.rs` fill the stack with a secret and search the client's
/// memory afterwards; with today's compiler they find nothing without this call either. Deeper parts of the stack keep their content
/// until they are overwritten.
#[inline(never)]
pub(crate) fn scrub_stack() {
    let mut area = [0_u8; SCRUBBED];
    core::hint::black_box(&mut area);
}
