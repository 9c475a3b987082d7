//! Bytes of a text that may end anywhere, and the comparison of secret texts.

/// Returns the byte at an offset; at the end of the text 0, which is legal nowhere.
#[inline]
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// Returns whether two texts are the same. The time does not depend on where they differ; it depends on their lengths.
pub(super) fn is_same(one: &[u8], other: &[u8]) -> bool {
    let difference = one.iter().zip(other).fold(0, |difference, (a, b)| difference | (a ^ b));
    one.len() == other.len() && core::hint::black_box(difference) == 0
}
