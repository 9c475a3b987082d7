//! Bytes with a length before them.

/// Pieces, one after the other: each a length (u16, big-endian) and as many bytes.
pub struct Pieces<'a>(pub &'a [u8]);

impl<'a> Pieces<'a> {
    /// The next one; nothing at the end, or when it is cut short.
    pub fn piece(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<2>()?;
        let (piece, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        self.0 = rest;
        Some(piece)
    }

    /// The next one, or what there is of it.
    pub fn piece_or_rest(&mut self) -> &'a [u8] {
        self.piece().unwrap_or_else(|| std::mem::take(&mut self.0))
    }
}
