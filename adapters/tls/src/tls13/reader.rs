//! Reading of structures in the presentation language of RFC 8446 section 3.

/// Bytes that are read from the front. Every function returns `None` if the input is too short.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self { rest: input }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        let [byte] = self.array()?;
        Some(byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.array()?))
    }

    /// Reads a vector with a length of one byte.
    pub(super) fn vector8(&mut self) -> Option<Reader<'a>> {
        let length = self.u8()?;
        Some(Reader::new(self.take(usize::from(length))?))
    }

    /// Reads a vector with a length of two bytes.
    pub(super) fn vector16(&mut self) -> Option<Reader<'a>> {
        let length = self.u16()?;
        Some(Reader::new(self.take(usize::from(length))?))
    }

    /// Reads a vector with a length of three bytes.
    pub(super) fn vector24(&mut self) -> Option<Reader<'a>> {
        let [high, middle, low] = self.array()?;
        let length = u32::from_be_bytes([0, high, middle, low]);
        Some(Reader::new(self.take(usize::try_from(length).ok()?)?))
    }

    /// Returns `Some` if everything was read.
    pub(super) fn end(self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_read_with_each_width_of_length() {
        let mut reader = Reader::new(&[1, 7, 0, 2, 8, 9, 0, 0, 1, 5]);
        assert_eq!(reader.vector8().map(Reader::rest), Some(&[7][..]));
        assert_eq!(reader.vector16().map(Reader::rest), Some(&[8, 9][..]));
        assert_eq!(reader.vector24().map(Reader::rest), Some(&[5][..]));
        assert_eq!(reader.end(), Some(()));
    }

    #[test]
    fn what_is_cut_short_is_nothing() {
        assert!(Reader::new(&[2, 1]).vector8().is_none());
        assert!(Reader::new(&[0, 2, 1]).vector16().is_none());
        assert!(Reader::new(&[0, 0]).vector24().is_none());
        assert_eq!(Reader::new(&[0]).u16(), None);
        assert_eq!(Reader::new(&[0]).end(), None);
    }
}
