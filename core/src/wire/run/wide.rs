//! As many bytes at a time as the machine's vectors have.

use super::{Class, DIGITS, TEXT, TOKEN};
use crate::wire::word;

/// Where the run of this class ends that begins here; perhaps here, if not all of the text is in it.
#[inline]
pub(in super::super) fn inside(text: &[u8], at: usize, class: Class) -> usize {
    let text = text.get(at..).unwrap_or_default();
    at + match class {
        TOKEN => token(text),
        DIGITS => all(text, |byte| byte.is_ascii_digit()),
        TEXT => all(text, |byte| !byte.is_ascii_control()),
        _ => all(text, |byte| matches!(byte, b' '..=b'~')),
    }
}

/// The usual characters of a token many at a time, the others one by one.
#[inline]
fn token(text: &[u8]) -> usize {
    let mut rest = text;
    loop {
        while let Some((chunk, behind)) = rest.split_first_chunk::<16>()
            && chunk.iter().fold(true, |all, &byte| all & is_usual_token(byte))
        {
            rest = behind;
        }
        let usual = word::usual_token_run(rest);
        rest = rest.get(usual..).unwrap_or_default();
        match rest {
            [b'~' | b'+', behind @ ..] => rest = behind,
            _ => return text.len() - rest.len(),
        }
    }
}

/// All of them or none.
fn all(text: &[u8], is_inside: impl Fn(u8) -> bool) -> usize {
    if text.iter().fold(true, |all, &byte| all & is_inside(byte)) { text.len() } else { 0 }
}

#[allow(
    clippy::needless_bitwise_bool,
    reason = "without branches, many of them become a few vector instructions"
)]
pub(in super::super) const fn is_usual_token(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'-') < 13) | (byte == b'_')
}
