//! Numbers and the literals `true`, `false` and `null`, RFC 8259 sections 3 and 6.

use super::super::bytes::byte;

/// Scans a number or a literal that begins with `first`. Returns its end; the error is the offset of the first illegal byte.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) fn scalar(text: &[u8], at: usize, first: u8) -> Result<usize, usize> {
    let word: &[u8] = match first {
        b't' => b"true",
        b'f' => b"false",
        b'n' => b"null",
        _ => return number(text, at, first),
    };
    let mut at = at;
    for &expected in word {
        if byte(text, at) != expected {
            return Err(at);
        }
        at += 1;
    }
    Ok(at)
}

/// Scans a number: `[ "-" ] int [ frac ] [ exp ]`, RFC 8259 section 6.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn number(text: &[u8], at: usize, first: u8) -> Result<usize, usize> {
    let mut at = at + usize::from(first == b'-');
    at = if byte(text, at) == b'0' { at + 1 } else { digits(text, at)? };
    if byte(text, at) == b'.' {
        at = digits(text, at + 1)?;
    }
    if byte(text, at) | 0x20 == b'e' {
        at += 1;
        if matches!(byte(text, at), b'+' | b'-') {
            at += 1;
        }
        at = digits(text, at)?;
    }
    Ok(at)
}

/// Scans `1*DIGIT`. Returns its end; the error is the offset of the first byte that is not a digit.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(in crate::wire) fn digits(text: &[u8], start: usize) -> Result<usize, usize> {
    let mut at = start;
    while byte(text, at).is_ascii_digit() {
        at += 1;
    }
    if at == start { Err(at) } else { Ok(at) }
}
