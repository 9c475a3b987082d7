//! The inside of JSON strings, RFC 8259 section 7: escapes, and decoding.

use super::sink::copy;
use super::word;

/// What the escape at `at` stands for, and the offset behind it; or the offset of what cannot be accepted. A surrogate pair
/// is one escape.
pub(super) fn escape(text: &[u8], at: usize) -> Result<(char, usize), usize> {
    let letter = at + 1;
    let character = match text.get(letter) {
        Some(&byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(text, letter + 1),
        _ => return Err(letter),
    };
    Ok((character, letter + 1))
}

/// `at` is behind the `\u`.
fn unicode_escape(text: &[u8], at: usize) -> Result<(char, usize), usize> {
    let first = four_digits(text, at)?;
    let behind = at + 4;
    if let Some(character) = char::from_u32(first) {
        return Ok((character, behind));
    }
    // A surrogate: the high one must come first, the low one at once.
    if first >= 0xdc00 {
        return Err(at);
    }
    if text.get(behind) != Some(&b'\\') {
        return Err(behind);
    }
    if text.get(behind + 1) != Some(&b'u') {
        return Err(behind + 1);
    }
    let second = four_digits(text, behind + 2)?;
    if !(0xdc00..0xe000).contains(&second) {
        return Err(behind + 2);
    }
    let character = char::from_u32(0x1_0000 + ((first & 0x3ff) << 10 | second & 0x3ff)).ok_or(at)?;
    Ok((character, behind + 6))
}

fn four_digits(text: &[u8], at: usize) -> Result<u32, usize> {
    let mut value = 0;
    for at in at..at + 4 {
        let digit = text.get(at).and_then(|&byte| char::from(byte).to_digit(16)).ok_or(at)?;
        value = value << 4 | digit;
    }
    Ok(value)
}

/// A checked string, decoded: characters of ASCII as they are, every other character as [`Ascii::OTHER`].
#[derive(Clone)]
pub(super) struct Ascii<'t> {
    text: &'t [u8],
    at: usize,
    has_escapes: bool,
}

impl<'t> Ascii<'t> {
    /// Stands for a character that is not ASCII.
    pub(super) const OTHER: u8 = 0x80;

    /// `inside` is what stands between the quotes.
    pub(super) const fn escaped(inside: &'t [u8]) -> Self {
        Self { text: inside, at: 0, has_escapes: true }
    }

    /// In `text` a backslash is a backslash.
    pub(super) const fn plain(text: &'t [u8]) -> Self {
        Self { text, at: 0, has_escapes: false }
    }
}

impl Iterator for Ascii<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.get(self.at)?;
            if byte == b'\\' && self.has_escapes {
                let (character, behind) = escape(self.text, self.at).ok()?;
                self.at = behind;
                return Some(u8::try_from(character).unwrap_or(Self::OTHER).min(Self::OTHER));
            }
            self.at += 1;
            match byte {
                // The bytes of a character of UTF-8 behind its first one.
                0x80..0xc0 => {}
                0xc0.. => return Some(Self::OTHER),
                _ => return Some(byte),
            }
        }
    }
}

/// Decodes a checked string in place: from `from` on up to the closing quote, its characters go to `to` on. Gives the
/// offset of the quote, and the one behind the last character.
///
/// `to` must not be greater than `from`. An escape is never shorter than what it stands for, so nothing is overwritten
/// that was not read yet.
pub(super) fn decode_in_place(text: &mut [u8], from: usize, to: usize) -> (usize, usize) {
    let (mut from, mut to) = (from, to);
    loop {
        // What stands for itself, at least one byte of it if there is one.
        let end = match text.get(from) {
            None | Some(b'"') => break,
            Some(b'\\') => from,
            Some(_) => word::skip_ordinary(text, from + 1),
        };
        if to == from {
            (to, from) = (end, end);
        }
        while from < end {
            let byte = text.get(from).copied().unwrap_or_default();
            put(text, &mut to, &[byte]);
            from += 1;
        }
        if text.get(from) == Some(&b'\\') {
            let Ok((character, behind)) = escape(text, from) else { break };
            put(text, &mut to, character.encode_utf8(&mut [0; 4]).as_bytes());
            from = behind;
        }
    }
    (from, to)
}

/// Writes some bytes, and moves on.
pub(super) fn put(text: &mut [u8], to: &mut usize, bytes: &[u8]) {
    if let Some(places) = text.get_mut(*to..*to + bytes.len()) {
        copy(bytes, places);
        *to += bytes.len();
    }
}
