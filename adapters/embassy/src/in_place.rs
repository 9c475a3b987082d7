//! Large futures, made where they stay.

/// What `make` makes.
///
/// A call that is not inlined writes its result where the caller wants it. Inlined, the compiler makes a future on the stack
/// first and then moves it, and keeps room for that in the frame of every poll: thousands of bytes for each.
#[inline(never)]
pub(crate) fn in_place<F>(make: impl FnOnce() -> F) -> F {
    make()
}
