//! Length-prefixed bytes.

/// A sequence of pieces: each a length (u16, big-endian) and as many bytes.
pub struct Pieces<'a>(pub &'a [u8]);

impl<'a> Pieces<'a> {
    /// Returns the next piece; `None` at the end, or if it is incomplete.
    pub fn piece(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<2>()?;
        let (piece, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        self.0 = rest;
        Some(piece)
    }

    /// Returns the next piece, or the rest of the input if it is incomplete.
    pub fn piece_or_rest(&mut self) -> &'a [u8] {
        self.piece().unwrap_or_else(|| std::mem::take(&mut self.0))
    }
}
