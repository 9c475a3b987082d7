//! A `copy_from_slice` that cannot panic.

/// Copies as many items as both slices hold.
pub(crate) fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
