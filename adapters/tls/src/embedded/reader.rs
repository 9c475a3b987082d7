//! Reading of structures in the presentation language of RFC 8446 section 3.

/// Bytes that are read from the front. Every function returns `None` if the input is too short.
pub(super) struct Reader<'a> {
    input: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self { input, position: 0 }
    }

    /// Returns how many bytes were read.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn is_empty(&self) -> bool {
        self.position == self.input.len()
    }

    /// Returns `Some` if everything was read.
    pub(super) fn end(&self) -> Option<()> {
        self.is_empty().then_some(())
    }

    #[inline(never)] // One copy: less flash.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.position.checked_add(count)?;
        let bytes = self.input.get(self.position..end)?;
        self.position = end;
        Some(bytes)
    }

    #[inline(never)] // One copy: less flash.
    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(*self.take(2)?.first_chunk::<2>()?))
    }

    /// Reads a vector with a length of one byte.
    #[inline(never)] // As for `take`.
    pub(super) fn vector8(&mut self) -> Option<&'a [u8]> {
        let length = *self.take(1)?.first()?;
        self.take(usize::from(length))
    }

    /// Reads a vector with a length of two bytes.
    #[inline(never)] // As for `take`.
    pub(super) fn vector16(&mut self) -> Option<&'a [u8]> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    /// Reads a vector with a length of three bytes.
    #[inline(never)] // As for `take`.
    pub(super) fn vector24(&mut self) -> Option<&'a [u8]> {
        let [high, middle, low] = *self.take(3)?.first_chunk::<3>()?;
        self.take(usize::try_from(u32::from_be_bytes([0, high, middle, low])).ok()?)
    }
}
