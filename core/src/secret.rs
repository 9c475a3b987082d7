//! Text that is wiped when it is dropped and never shown.

use core::fmt;

use crate::text::CapacityError;

/// Secret text of at most `N` bytes: wiped on drop, redacted in `Debug`, without `Display`, `Clone` and `PartialEq`.
///
/// Wiping covers this copy only. Moving a value may leave its old bytes on the stack, as for every Rust value: create it where it
/// will stay, and do not move it.
pub struct Secret<const N: usize> {
    len: usize,
    bytes: [u8; N],
}

impl<const N: usize> Secret<N> {
    /// Creates an empty secret.
    #[must_use]
    pub const fn empty() -> Self {
        Self { len: 0, bytes: [0; N] }
    }

    /// Copies `text`. `what` names it in the error, which otherwise contains its length only.
    ///
    /// # Errors
    /// [`CapacityError`] if `text` is longer than `N` bytes.
    pub fn new(what: &'static str, text: &str) -> Result<Self, CapacityError> {
        Self::fits(what, text.as_bytes())?;
        let mut secret = Self::empty();
        secret.fill(text.as_bytes());
        Ok(secret)
    }

    /// Replaces the content by `text`. The old content is wiped; on an error it stays.
    ///
    /// # Errors
    /// [`CapacityError`] if `text` is longer than `N` bytes.
    pub fn replace(&mut self, what: &'static str, text: &str) -> Result<(), CapacityError> {
        self.replace_bytes(what, text.as_bytes())
    }

    /// The same with bytes that are known to be UTF-8.
    pub(crate) fn replace_bytes(&mut self, what: &'static str, text: &[u8]) -> Result<(), CapacityError> {
        Self::fits(what, text)?;
        self.wipe();
        self.fill(text);
        Ok(())
    }

    fn fits(what: &'static str, text: &[u8]) -> Result<(), CapacityError> {
        if text.len() > N {
            return Err(CapacityError { what, needed: text.len(), capacity: N });
        }
        Ok(())
    }

    fn fill(&mut self, text: &[u8]) {
        for (to, from) in self.bytes.iter_mut().zip(text) {
            *to = *from;
        }
        self.len = text.len();
    }

    /// Returns the text. This is the only accessor: do not log the result.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Only UTF-8 was copied in, so the fallback is never taken.
        core::str::from_utf8(self.expose_bytes()).unwrap_or_default()
    }

    /// Returns the bytes of the text.
    pub(crate) fn expose_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Returns whether there is no text.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Overwrites the text with zeros and leaves no text.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // Several callers.
    pub fn wipe(&mut self) {
        // Bytes past `len` were never written since the last wipe.
        if let Some(used) = self.bytes.get_mut(..self.len) {
            wipe(used);
        }
        self.len = 0;
    }
}

/// Overwrites `bytes` with zeros.
///
/// A wide fill, then a compiler barrier: as reliable as volatile stores of single bytes, and cheaper.
#[inline(never)]
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    zeroize::optimization_barrier(bytes);
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
