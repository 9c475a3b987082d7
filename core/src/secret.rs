//! Text that is wiped when it is dropped and never shown.

use core::fmt;

use zeroize::Zeroize;

use crate::text::CapacityError;

/// At most `N` bytes of secret text: wiped on drop, redacted in `Debug`, without `Display`, `Clone` and `PartialEq`.
///
/// Wiping covers this copy only. Moving a value may leave its old bytes on the stack, as for every Rust value: create
/// it where it will stay, and do not move it about.
pub struct Secret<const N: usize> {
    len: usize,
    bytes: [u8; N],
}

impl<const N: usize> Secret<N> {
    /// No text.
    #[must_use]
    pub const fn empty() -> Self {
        Self { len: 0, bytes: [0; N] }
    }

    /// A copy of `text`; `what` names it in the error, which says nothing else of it but its length.
    ///
    /// # Errors
    /// [`CapacityError`] if `text` is longer than `N` bytes.
    pub fn new(what: &'static str, text: &str) -> Result<Self, CapacityError> {
        Self::fits(what, text)?;
        let mut secret = Self::empty();
        secret.fill(text);
        Ok(secret)
    }

    /// Puts `text` in the place of what was there. What was there is wiped; on an error it stays.
    ///
    /// # Errors
    /// [`CapacityError`] if `text` is longer than `N` bytes.
    pub fn replace(&mut self, what: &'static str, text: &str) -> Result<(), CapacityError> {
        Self::fits(what, text)?;
        self.wipe();
        self.fill(text);
        Ok(())
    }

    fn fits(what: &'static str, text: &str) -> Result<(), CapacityError> {
        if text.len() > N {
            return Err(CapacityError { what, needed: text.len(), capacity: N });
        }
        Ok(())
    }

    fn fill(&mut self, text: &str) {
        for (to, from) in self.bytes.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        self.len = text.len();
    }

    /// The text. The only door to it: mind where the result goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Only whole `&str`s were copied in, so the fallback is never taken.
        core::str::from_utf8(self.expose_bytes()).unwrap_or_default()
    }

    /// The bytes of the text, for what does not need to know that they are UTF-8.
    pub(crate) fn expose_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Whether there is no text.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Overwrites the text with zeros and leaves no text.
    pub fn wipe(&mut self) {
        // Bytes past `len` were never written since the last wipe.
        if let Some(used) = self.bytes.get_mut(..self.len) {
            used.zeroize();
        }
        self.len = 0;
    }
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
