//! Runs of characters of a class.
//!
//! A host looks at many bytes at a time, a small device at four of them in a table: that is less code, and there not slower.

#[cfg(not(target_pointer_width = "64"))]
mod table;
#[cfg(target_pointer_width = "64")]
mod wide;

#[cfg(not(target_pointer_width = "64"))]
pub(super) use table::inside;
#[cfg(target_pointer_width = "64")]
pub(super) use wide::{inside, is_usual_token};

/// Characters of ASCII, as a bit for each class.
pub(super) type Class = u8;

/// The characters of `b64token` before its padding: letters, digits, `-`, `.`, `_`, `~`, `+` and `/`. RFC 6750 section 2.1.
pub(super) const TOKEN: Class = 1;
/// Decimal digits.
pub(super) const DIGITS: Class = 2;
/// Visible ASCII and spaces.
pub(super) const VISIBLE: Class = 4;
/// Everything but the control characters of ASCII; the only class with characters beyond.
pub(super) const TEXT: Class = 8;

/// Whether all characters are of a class.
pub(super) fn is_all(text: &[u8], class: Class) -> bool {
    inside(text, 0, class) == text.len()
}
