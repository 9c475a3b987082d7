//! Text of a fixed capacity that is no secret: host names, error codes, correlation ids.

use core::fmt::{self, Write as _};

/// Something did not fit a fixed capacity. Nothing was cut and nothing was written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CapacityError {
    /// The name of the value that did not fit.
    pub what: &'static str,
    /// Bytes it needs.
    pub needed: usize,
    /// Bytes there are.
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

/// At most `N` bytes of UTF-8.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<const N: usize> {
    len: usize,
    bytes: [u8; N],
}

impl<const N: usize> Text<N> {
    /// No text.
    pub const EMPTY: Self = Self { len: 0, bytes: [0; N] };

    /// A copy of `text`; `what` names it in the error.
    ///
    /// # Errors
    /// [`CapacityError`] if `text` is longer than `N` bytes.
    pub fn new(what: &'static str, text: &str) -> Result<Self, CapacityError> {
        let mut copy = Self::EMPTY;
        copy.push_str(what, text)?;
        Ok(copy)
    }

    /// Appends `text`, or nothing at all.
    ///
    /// # Errors
    /// [`CapacityError`] if the whole would be longer than `N` bytes.
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

    /// Lets `fill` write ASCII into the empty text. It returns the number of bytes and a result, which is passed on.
    #[inline]
    pub(crate) fn fill<T>(&mut self, fill: impl FnOnce(&mut [u8]) -> (usize, T)) -> T {
        let (length, result) = fill(&mut self.bytes);
        self.len = length;
        result
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only whole `&str`s were copied in, so the fallback is never taken.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The bytes of the text, for what does not need to know that they are UTF-8.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The bytes of the text and, if it is not full, the zeros behind it.
    pub(crate) const fn with_zeros(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether there is no text.
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

/// Text as `Debug` shows it, in quotes. That of `str` itself holds panics which the linker does not see to be unreachable.
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
