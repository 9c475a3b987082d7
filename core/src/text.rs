//! Text of a fixed capacity that is not secret: host names, error codes, correlation ids.

use core::fmt::{self, Write as _};

/// The error for a value that does not fit a fixed capacity. Nothing was truncated and nothing was written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CapacityError {
    /// The name of the value that did not fit.
    pub what: &'static str,
    /// The length of the value in bytes.
    pub needed: usize,
    /// The capacity in bytes.
    pub capacity: usize,
}

impl fmt::Debug for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CapacityError")
            .field("what", &Quoted(self.what))
            .field("needed", &self.needed)
            .field("capacity", &self.capacity)
            .finish()
    }
}

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} needs {} bytes and its capacity is {}: choose a capacity of at least {}",
            self.what, self.needed, self.capacity, self.needed
        )
    }
}

impl core::error::Error for CapacityError {}

/// UTF-8 text of at most `N` bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<const N: usize> {
    len: usize,
    bytes: [u8; N],
}

impl<const N: usize> Text<N> {
    /// Creates an empty text.
    pub const EMPTY: Self = Self { len: 0, bytes: [0; N] };

    /// Copies `text`; `what` names it in the error.
    ///
    /// # Errors
    /// [`CapacityError`] if `text` is longer than `N` bytes.
    pub fn new(what: &'static str, text: &str) -> Result<Self, CapacityError> {
        let mut copy = Self::EMPTY;
        copy.push_str(what, text)?;
        Ok(copy)
    }

    /// Appends `text` as a whole, or nothing.
    ///
    /// # Errors
    /// [`CapacityError`] if the result would be longer than `N` bytes.
    pub fn push_str(&mut self, what: &'static str, text: &str) -> Result<(), CapacityError> {
        let end = self.len.saturating_add(text.len());
        let Some(free) = self.bytes.get_mut(self.len..end) else {
            return Err(CapacityError { what, needed: end, capacity: N });
        };
        for (to, from) in free.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        self.len = end;
        Ok(())
    }

    /// Calls `fill`, which writes ASCII into the empty text and returns the number of bytes and a result, which is returned.
    #[inline]
    pub(crate) fn fill<T>(&mut self, fill: impl FnOnce(&mut [u8]) -> (usize, T)) -> T {
        let (length, result) = fill(&mut self.bytes);
        self.len = length;
        result
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only whole `&str`s were copied in, so the fallback is never taken.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// Returns the bytes of the text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Returns the bytes of the text, followed by zeros if it is not full.
    pub(crate) const fn with_zeros(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns whether there is no text.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Quoted(self.as_str()), f)
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text in quotes, as `Debug` shows it. The implementation of `str` contains panics that the linker cannot remove.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Debug for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "\\u{{{:x}}}", u32::from(character))?;
                continue;
            }
            if matches!(character, '"' | '\\') {
                f.write_char('\\')?;
            }
            f.write_char(character)?;
        }
        f.write_char('"')
    }
}
