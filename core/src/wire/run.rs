//! Runs of characters of a class.

use super::word::{self, WORD};

/// A class of characters.
pub(super) type Class = u8;

/// The characters of `b64token` before its padding: letters, digits, `-`, `.`, `_`, `~`, `+` and `/`. RFC 6750 section 2.1.
pub(super) const TOKEN: Class = 1;
/// Decimal digits.
pub(super) const DIGITS: Class = 2;
/// Visible ASCII and spaces.
pub(super) const VISIBLE: Class = 3;
/// Everything but the control characters of ASCII; the only class with characters beyond.
pub(super) const TEXT: Class = 4;

/// Whether all characters are of a class, which is not [`TOKEN`].
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) fn is_all(text: &[u8], class: Class) -> bool {
    let (first, last) = match class {
        DIGITS => (b'0', b'9'),
        TEXT => (b' ', u8::MAX),
        _ => (b' ', b'~'),
    };
    let is_inside = |byte: u8| (first..=last).contains(&byte) && byte != 0x7f;
    if cfg!(target_pointer_width = "64") {
        // Without branches, so that vectors can be used.
        text.iter().fold(true, |all, &byte| all & is_inside(byte))
    } else {
        text.iter().all(|&byte| is_inside(byte))
    }
}

/// Where the run of [`TOKEN`] characters ends that begins here.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) fn token(text: &[u8], at: usize) -> usize {
    let mut at = at;
    loop {
        // The usual ones many at a time, the others one by one.
        let rest = text.get(at..).unwrap_or_default();
        if cfg!(target_pointer_width = "64") {
            at += vectors(rest);
            at += word::usual_token_run(text.get(at..).unwrap_or_default());
        } else {
            let words = rest.as_chunks().0;
            let mut others = 0;
            let has_others = |word: &[u8; WORD]| {
                others = word::others_than_usual_token(*word);
                others != 0
            };
            let whole = words.iter().position(has_others).unwrap_or(words.len());
            at += whole * WORD;
            if others != 0 {
                at += others.trailing_zeros() as usize / 8;
            }
        }
        match text.get(at) {
            Some(b'~' | b'+') => at += 1,
            Some(&byte) if cfg!(not(target_pointer_width = "64")) && is_usual_token(byte) => at += 1,
            _ => return at,
        }
    }
}

/// A length that is less than that of the run of usual characters, perhaps, but taken in few steps.
fn vectors(text: &[u8]) -> usize {
    let chunks = text.as_chunks::<16>().0.iter();
    let usual = chunks.take_while(|chunk| chunk.iter().fold(true, |all, &byte| all & is_usual_token(byte)));
    usual.count() * 16
}

#[allow(
    clippy::needless_bitwise_bool,
    reason = "without branches, many of them become a few vector instructions"
)]
pub(super) const fn is_usual_token(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'-') < 13) | (byte == b'_')
}
