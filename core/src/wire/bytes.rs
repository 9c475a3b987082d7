//! Bytes of a text that may end anywhere.

/// Returns the byte at an offset; at the end of the text 0, which is legal nowhere.
#[inline]
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}
