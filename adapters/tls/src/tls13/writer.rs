//! Writing of structures in the presentation language of RFC 8446 section 3 into a buffer of fixed size.

use crate::copy::copy;

/// A buffer that is filled from the front. [`Writer::finish`] reports if it was too small.
#[derive(Debug)]
pub(super) struct Writer<'b> {
    buffer: &'b mut [u8],
    /// The number of bytes written, including those beyond the buffer's end.
    length: usize,
}

/// The position of a length field that is written when its vector is complete.
#[must_use]
pub(super) struct Open {
    start: usize,
    width: usize,
}

impl<'b> Writer<'b> {
    pub(super) fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    #[inline(never)] // Called from everywhere.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        if let Some(place) = self.buffer.get_mut(self.length..end) {
            copy(bytes, place);
        }
        self.length = end;
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.bytes(&[value]);
    }

    #[inline(never)] // As above.
    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// Begins a vector whose length takes `width` bytes, up to four.
    #[inline(never)] // As above.
    pub(super) fn open(&mut self, width: usize) -> Open {
        let open = Open { start: self.length, width };
        self.bytes([0; 4].get(..width).unwrap_or_default());
        open
    }

    /// Ends it.
    #[inline(never)] // As above.
    pub(super) fn close(&mut self, open: &Open) {
        let content = open.start.saturating_add(open.width);
        let length = u32::try_from(self.length.saturating_sub(content)).unwrap_or(u32::MAX).to_be_bytes();
        let length = length.get(4_usize.saturating_sub(open.width)..).unwrap_or_default();
        if let Some(place) = self.buffer.get_mut(open.start..content) {
            copy(length, place);
        }
    }

    /// Returns the number of bytes written.
    ///
    /// # Errors
    ///
    /// The number of bytes that were needed, if they did not fit.
    pub(super) fn finish(self) -> Result<usize, usize> {
        if self.length <= self.buffer.len() { Ok(self.length) } else { Err(self.length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_what_follows() {
        let mut buffer = [0; 16];
        let mut writer = Writer::new(&mut buffer);
        let outer = writer.open(3);
        writer.u8(7);
        let inner = writer.open(2);
        writer.u16(0x0102);
        writer.close(&inner);
        writer.close(&outer);
        assert_eq!(writer.finish(), Ok(8));
        assert_eq!(buffer[..8], [0, 0, 5, 7, 0, 2, 1, 2]);
    }

    #[test]
    fn what_does_not_fit_says_how_much_was_needed() {
        let mut buffer = [0; 3];
        let mut writer = Writer::new(&mut buffer);
        writer.u32(1);
        writer.u8(1);
        assert_eq!(writer.finish(), Err(5));
    }
}
