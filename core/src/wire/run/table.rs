//! Four bytes at a time, by a table.

use super::{Class, DIGITS, TEXT, TOKEN, VISIBLE};

/// The classes that every byte is *not* in.
static OUTSIDE: [Class; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    loop {
        table[byte as usize] = outside(byte);
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

const fn outside(byte: u8) -> Class {
    let mut outside = 0;
    if !matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/') {
        outside |= TOKEN;
    }
    if !byte.is_ascii_digit() {
        outside |= DIGITS;
    }
    if !matches!(byte, b' '..=b'~') {
        outside |= VISIBLE;
    }
    if byte.is_ascii_control() {
        outside |= TEXT;
    }
    outside
}

/// Where the run of this class ends that begins here.
#[inline(never)]
pub(in super::super) fn inside(text: &[u8], at: usize, class: Class) -> usize {
    let mut at = at;
    while let Some(&[a, b, c, d]) = text.get(at..).and_then(<[u8]>::first_chunk)
        && (row(a) | row(b) | row(c) | row(d)) & u32::from(class) == 0
    {
        at += 4;
    }
    while let Some(&byte) = text.get(at)
        && row(byte) & u32::from(class) == 0
    {
        at += 1;
    }
    at
}

/// As a word, which is what a small device reckons with.
fn row(byte: u8) -> u32 {
    OUTSIDE[usize::from(byte)].into()
}
