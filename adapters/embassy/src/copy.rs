//! What `copy_from_slice` does, without its panic when lengths differ.

/// As much as fits; how many bytes that was.
// A function, because of whose arguments it is known that they do not overlap: so the compiler makes one `memcpy` of the loop.
pub(crate) fn copy(from: &[u8], to: &mut [u8]) -> usize {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    from.len().min(to.len())
}
