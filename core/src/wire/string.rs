//! The inside of JSON strings, RFC 8259 section 7: escapes, UTF-8, and decoding.

use super::bytes::byte;
use super::swar::{self, WORD};

/// The code that no character has.
pub(super) const NONE: u32 = u32::MAX;

/// Returns an escape or a non-ASCII character with the offset behind it; or [`NONE`] and the offset of the illegal byte.
#[inline(never)]
pub(super) fn character(text: &[u8], at: usize) -> (u32, usize) {
    match byte(text, at) {
        b'\\' => escape(text, at),
        first => beyond_ascii(text, at, first),
    }
}

/// A surrogate pair is one escape.
#[inline]
fn escape(text: &[u8], at: usize) -> (u32, usize) {
    /// The letters of escapes, each with its character.
    const LETTERS: &[u8; 16] = b"\"\"\\\\//b\x08f\x0cn\nr\rt\t";
    let mut at = at + 1;
    let letter = byte(text, at);
    if letter != b'u' {
        for known in LETTERS.as_chunks::<2>().0 {
            if known[0] == letter {
                return (known[1].into(), at + 1);
            }
        }
        return (NONE, at);
    }
    let mut high = 0;
    loop {
        // The leading 1 is beyond 16 bits once there are four digits.
        let mut unit = 1;
        while unit <= 0xffff {
            at += 1;
            match char::from(byte(text, at)).to_digit(16) {
                Some(digit) => unit = unit << 4 | digit,
                None => return (NONE, at),
            }
        }
        unit &= 0xffff;
        let is_low = unit & !0x3ff == 0xdc00;
        if is_low != (high != 0) {
            // A low surrogate alone, or a high one without a low one.
            return (NONE, at);
        }
        at += 1;
        if is_low {
            return (0x1_0000 + ((high & 0x3ff) << 10 | unit & 0x3ff), at);
        }
        if unit & !0x3ff != 0xd800 {
            return (unit, at);
        }
        // A high surrogate; the low one must follow at once.
        high = unit;
        if byte(text, at) != b'\\' {
            return (NONE, at);
        }
        at += 1;
        if byte(text, at) != b'u' {
            return (NONE, at);
        }
    }
}

/// RFC 3629.
#[inline]
fn beyond_ascii(text: &[u8], at: usize, first: u8) -> (u32, usize) {
    let length = first.leading_ones();
    if !(2..=4).contains(&length) {
        return (NONE, at);
    }
    let mut end = at;
    let mut code = u32::from(first) & (0x7f >> length);
    for _ in 1..length {
        end += 1;
        let byte = byte(text, end);
        if byte & 0xc0 != 0x80 {
            // At the end of the text it may be incomplete.
            return (NONE, if end < text.len() { at } else { end });
        }
        code = code << 6 | u32::from(byte & 0x3f);
    }
    // It must be the shortest form, and not a surrogate.
    if code < 0x80 || code >> (5 * length - 4) == 0 || char::from_u32(code).is_none() {
        return (NONE, at);
    }
    (code, end + 1)
}

/// The byte that begins an escape.
pub(super) const ESCAPES: u8 = b'\\';
/// The same for texts in which a backslash is literal: a byte that is not ASCII.
pub(super) const NO_ESCAPES: u8 = 0x80;

/// Copies a checked text as visible ASCII, with a `?` for every other character, to a place that is filled with zeros: as much as
/// fits, or with `all_or_nothing` only if all of it fits and is visible. Returns the length, and whether all of it was copied.
#[inline(never)]
pub(super) fn copy_visible(text: &[u8], escapes: u8, to: &mut [u8], all_or_nothing: bool) -> (usize, bool) {
    let mut is_visible = true;
    let mut length = 0;
    let mut at = 0;
    if cfg!(target_pointer_width = "64") {
        // The leading ordinary characters are copied at once.
        length = swar::skip_ordinary(text, 0).min(to.len());
        at = length;
        let places = to.get_mut(..length).unwrap_or_default();
        for (place, &byte) in places.iter_mut().zip(text) {
            is_visible &= byte != 0x7f;
            *place = if byte == 0x7f { b'?' } else { byte };
        }
    }
    while let (Some(&byte), Some(place)) = (text.get(at), to.get_mut(length)) {
        let mut code = u32::from(byte);
        at += 1;
        if byte == escapes || !byte.is_ascii() {
            (code, at) = character(text, at - 1);
        }
        [*place, ..] = code.to_le_bytes();
        if !matches!(code, 0x20..0x7f) {
            *place = b'?';
            is_visible = false;
        }
        length += 1;
    }
    let is_whole = at >= text.len();
    if all_or_nothing && !(is_whole && is_visible) {
        to.fill(0);
        length = 0;
    }
    (length, is_whole)
}

/// Decodes a checked string in place: reads from `from` up to the closing quote, and writes from `to`. Returns the offset of the
/// quote, and the offset behind the last character.
///
/// `to` must not be greater than `from`. An escape is never shorter than the character it denotes, so nothing is overwritten
/// that was not read yet.
#[inline(never)]
pub(super) fn decode_in_place(text: &mut [u8], from: usize, to: usize) -> (usize, usize) {
    let (mut from, mut to) = (from, to);
    loop {
        if to == from {
            // Characters that stay in place.
            from = swar::skip_ordinary(text, from);
            to = from;
        }
        if cfg!(target_pointer_width = "64") {
            let end = swar::skip_ordinary(text, from);
            while from + WORD <= end {
                move_word(text, from, to);
                from += WORD;
                to += WORD;
            }
        }
        let byte = byte(text, from);
        if matches!(byte, b'"' | 0) {
            return (from, to);
        }
        let mut code = u32::from(byte);
        let mut further = 0;
        if byte == b'\\' {
            (code, from) = character(text, from);
            // The following bytes of a UTF-8 character.
            further = u32::from(code >= 0x80) + u32::from(code >= 0x800) + u32::from(code >= 0x1_0000);
        } else {
            from += 1;
        }
        let mut lead = if further > 0 { !(0xff_u32 >> (further + 1)) } else { 0 };
        loop {
            let [byte, ..] = (lead | code >> (6 * further)).to_le_bytes();
            put(text, &mut to, byte);
            if further == 0 {
                break;
            }
            further -= 1;
            code &= (1 << (6 * further + 6)) - 1;
            lead = 0x80;
        }
    }
}

/// Copies a word to an earlier place, which may overlap.
fn move_word(text: &mut [u8], from: usize, to: usize) {
    let word = text.get(from..).and_then(<[u8]>::first_chunk::<WORD>).copied();
    let place = text.get_mut(to..).and_then(<[u8]>::first_chunk_mut);
    if let (Some(place), Some(word)) = (place, word) {
        *place = word;
    }
}

/// Writes a byte and advances.
pub(super) fn put(text: &mut [u8], to: &mut usize, byte: u8) {
    if let Some(place) = text.get_mut(*to) {
        *place = byte;
        *to += 1;
    }
}
