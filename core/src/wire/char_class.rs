//! Character classes of RFC 6749 appendix A and RFC 6750, tested over whole texts.
//!
//! A leaf module, tuned for the width of a word; `response` and `value` decide which value must be of which class.

use super::swar::{self, WORD};

/// One of the classes below.
pub(super) type Class = u8;

/// The characters of `b64token` before its padding: letters, digits, `-`, `.`, `_`, `~`, `+` and `/`. RFC 6750 section 2.1.
pub(super) const TOKEN: Class = 1;
/// Decimal digits.
pub(super) const DIGITS: Class = 2;
/// Visible ASCII and spaces.
pub(super) const VISIBLE: Class = 3;
/// Everything but the control characters of ASCII; the only class with characters beyond.
pub(super) const TEXT: Class = 4;

/// Returns whether all characters are of a class other than [`TOKEN`].
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

/// Returns the end of the run of [`TOKEN`] characters that begins at `at`.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) fn token_run_end(text: &[u8], at: usize) -> usize {
    let mut at = at;
    loop {
        // Common ones a word at a time, `~` and `+` one by one.
        let rest = text.get(at..).unwrap_or_default();
        if cfg!(target_pointer_width = "64") {
            at += whole_chunks(rest);
            at += common_token_run(text.get(at..).unwrap_or_default());
        } else {
            let words = rest.as_chunks().0;
            let mut others = 0;
            let has_others = |word: &[u8; WORD]| {
                others = swar::mark_uncommon_token(*word);
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
            Some(&byte) if cfg!(not(target_pointer_width = "64")) && is_common_token(byte) => at += 1,
            _ => return at,
        }
    }
}

/// Returns the length of the leading chunks of common token characters: a lower bound of the run, found in few steps.
fn whole_chunks(text: &[u8]) -> usize {
    let chunks = text.as_chunks::<16>().0.iter();
    let usual = chunks.take_while(|chunk| chunk.iter().fold(true, |all, &byte| all & is_common_token(byte)));
    usual.count() * 16
}

#[allow(
    clippy::needless_bitwise_bool,
    reason = "without branches, many of them become a few vector instructions"
)]
/// Returns whether a byte is a [`TOKEN`] character other than `~` and `+`.
const fn is_common_token(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'-') < 13) | (byte == b'_')
}

/// Returns the number of leading bytes that are letters, digits, `-`, `.`, `/` or `_`.
#[inline]
fn common_token_run(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((word, behind)) = rest.split_first_chunk() {
        let others = swar::mark_uncommon_token(*word);
        if others != 0 {
            return bytes.len() - rest.len() + others.trailing_zeros() as usize / 8;
        }
        rest = behind;
    }
    let few = rest.iter().take_while(|&&byte| is_common_token(byte)).count();
    bytes.len() - rest.len() + few
}
