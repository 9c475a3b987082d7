//! What `copy_from_slice` does, without its panic when lengths differ.

/// As much as fits.
pub(crate) fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
