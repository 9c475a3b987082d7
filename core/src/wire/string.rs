//! The inside of JSON strings, RFC 8259 section 7: checking, reading and decoding in place.

use super::json::Rest;
use super::word::{self, WORD};

/// Whether the compiler has registers of sixteen bytes to work with.
const HAS_VECTORS: bool = cfg!(any(target_feature = "sse2", target_feature = "neon"));

/// Checks a string, from behind the opening quote. Gives the rest from the closing quote on, and whether there were escapes.
#[inline]
pub(super) fn scan(rest: Rest<'_>) -> Result<(Rest<'_>, bool), Rest<'_>> {
    let rest = skip_ordinary(rest);
    if let Some(b'"') = rest.first() { Ok((rest, false)) } else { scan_further(rest) }
}

/// The same from anywhere inside, for strings that are not all ordinary.
fn scan_further(rest: Rest<'_>) -> Result<(Rest<'_>, bool), Rest<'_>> {
    let mut rest = rest;
    let mut escaped = false;
    loop {
        rest = match rest.split_first() {
            Some((b'"', _)) => return Ok((rest, escaped)),
            Some((b'\\', _)) => {
                escaped = true;
                escape(rest)?.1
            }
            Some((0x20..0x80, behind)) => behind,
            Some((0x80.., _)) => character(rest)?.1,
            _ => return Err(rest),
        };
        rest = skip_ordinary(rest);
    }
}

/// What is left behind ordinary characters. A few more of them may follow near the end of the text.
#[inline(never)]
fn skip_ordinary(rest: Rest<'_>) -> Rest<'_> {
    let mut rest = rest;
    while let Some((bytes, behind)) = rest.split_first_chunk() {
        if let Some(ordinary) = word::ordinary(*bytes) {
            return rest.get(ordinary..).unwrap_or_default();
        }
        rest = behind;
    }
    rest
}

/// One character of UTF-8.
#[cold]
fn character(rest: Rest<'_>) -> Result<(char, Rest<'_>), Rest<'_>> {
    // No character is longer than four bytes. What follows in these four does not matter.
    let longest = rest.get(..4).unwrap_or(rest);
    let valid = match core::str::from_utf8(longest) {
        Ok(valid) => valid,
        // Cut: it is the end of the text that cannot be accepted.
        Err(error) if error.valid_up_to() == 0 && error.error_len().is_none() => return Err(&[]),
        Err(error) => {
            let valid = longest.get(..error.valid_up_to()).unwrap_or_default();
            core::str::from_utf8(valid).unwrap_or_default()
        }
    };
    let character = valid.chars().next().ok_or(rest)?;
    Ok((character, rest.get(character.len_utf8()..).unwrap_or_default()))
}

/// Whether the byte is one of those that tokens are mostly made of: the alphabets of Base64 and of JSON Web Tokens, but for
/// `+`. None of them means anything in a JSON string.
#[allow(
    clippy::needless_bitwise_bool,
    reason = "without branches, thirty-two of them become a few vector instructions"
)]
pub(super) const fn is_token_character(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'-') < 13) | (byte == b'_')
}

/// How many bytes at the beginning are known to be such characters. There may be a few more.
#[inline(never)]
pub(super) fn token_run(bytes: &[u8]) -> usize {
    let mut run = 0;
    if HAS_VECTORS {
        for chunk in bytes.as_chunks::<32>().0 {
            if !chunk.iter().fold(true, |all, &byte| all & is_token_character(byte)) {
                break;
            }
            run += 32;
        }
    }
    for word in bytes.get(run..).unwrap_or_default().as_chunks().0 {
        if !word::is_all_token(*word) {
            break;
        }
        run += WORD;
    }
    run
}

/// What an escape stands for; a surrogate pair is one escape.
fn escape(rest: Rest<'_>) -> Result<(char, Rest<'_>), Rest<'_>> {
    let behind = rest.strip_prefix(b"\\").ok_or(rest)?;
    let (letter, rest) = behind.split_first().ok_or(behind)?;
    let character = match letter {
        b'"' | b'\\' | b'/' => char::from(*letter),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(rest),
        _ => return Err(behind),
    };
    Ok((character, rest))
}

/// Behind the `\u`.
fn unicode_escape(rest: Rest<'_>) -> Result<(char, Rest<'_>), Rest<'_>> {
    let (first, behind) = four_digits(rest)?;
    if let Some(character) = char::from_u32(first) {
        return Ok((character, behind));
    }
    // A surrogate: the high one must come first, the low one at once.
    if first >= 0xdc00 {
        return Err(rest);
    }
    let mut rest = behind;
    for expected in b"\\u" {
        rest = match rest.split_first() {
            Some((byte, behind)) if byte == expected => behind,
            _ => return Err(rest),
        }
    }
    let (second, behind) = four_digits(rest)?;
    if !(0xdc00..0xe000).contains(&second) {
        return Err(rest);
    }
    let character = char::from_u32(0x1_0000 + ((first & 0x3ff) << 10 | second & 0x3ff)).ok_or(rest)?;
    Ok((character, behind))
}

fn four_digits(rest: Rest<'_>) -> Result<(u32, Rest<'_>), Rest<'_>> {
    let mut rest = rest;
    let mut value = 0;
    for _ in 0..4 {
        let (digit, behind) = rest.split_first().ok_or(rest)?;
        value = value << 4 | char::from(*digit).to_digit(16).ok_or(rest)?;
        rest = behind;
    }
    Ok((value, rest))
}

/// The characters of a checked string, escapes decoded.
#[derive(Clone)]
pub(super) struct Chars<'t> {
    rest: &'t [u8],
}

impl<'t> Chars<'t> {
    /// `inside` is what stands between the quotes.
    pub(super) const fn new(inside: &'t [u8]) -> Self {
        Self { rest: inside }
    }
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let character;
        (character, self.rest) = match self.rest.split_first()? {
            (b'\\', _) => escape(self.rest).ok()?,
            (0x80.., _) => self::character(self.rest).ok()?,
            (&byte, behind) => (char::from(byte), behind),
        };
        Some(character)
    }
}

/// Decodes a checked string in place: from `from` on up to the closing quote, its characters go to `to` on. Gives the
/// offset of the quote, and the one behind the last character.
///
/// `to` must not be greater than `from`. An escape is never shorter than what it stands for, so nothing is overwritten
/// that was not read yet.
pub(super) fn decode_in_place(text: &mut [u8], from: usize, to: usize) -> (usize, usize) {
    let (mut from, mut to) = (from, to);
    while let Some(rest) = text.get(from..) {
        if let Some((&bytes, _)) = rest.split_first_chunk()
            && word::ordinary(bytes).is_none()
        {
            put(text, &mut to, &bytes);
            from += WORD;
            continue;
        }
        match rest.first() {
            None | Some(b'"') => break,
            Some(b'\\') => {
                let Ok((character, behind)) = escape(rest) else {
                    break;
                };
                from = text.len() - behind.len();
                put(text, &mut to, character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Some(&byte) => {
                put(text, &mut to, &[byte]);
                from += 1;
            }
        }
    }
    (from, to)
}

/// Writes some bytes, and moves on.
pub(super) fn put(text: &mut [u8], to: &mut usize, bytes: &[u8]) {
    if let Some(places) = text.get_mut(*to..*to + bytes.len()) {
        places.copy_from_slice(bytes);
        *to += bytes.len();
    }
}
