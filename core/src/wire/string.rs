//! The inside of JSON strings, RFC 8259 section 7: checking, reading and decoding in place.

use super::json::{Fault, Span};

/// A machine word: that many bytes are looked at in one go.
type Word = usize;
const WORD: usize = size_of::<Word>();
/// The lowest bit of every byte of a word.
const ONES: Word = Word::MAX / 0xff;
/// The highest bit of every byte of a word.
const HIGHS: Word = ONES * 0x80;

/// Checks the string that begins at `start`, behind the opening quote.
///
/// Gives the offset of the closing quote, and whether there are escapes.
pub(super) fn scan(text: &[u8], start: usize) -> Result<(usize, bool), Fault> {
    let mut at = start;
    let mut escaped = false;
    // All bytes met, OR-ed: tells whether any was not ASCII.
    let mut met: Word = 0;
    let end = loop {
        while let Some(word) = word_at(text, at) {
            met |= word;
            let special = special(word);
            if special != 0 {
                at += special.trailing_zeros() as usize / 8;
                break;
            }
            at += WORD;
        }
        match text.get(at) {
            Some(b'"') => break Ok(at),
            Some(b'\\') => {
                escaped = true;
                match escape(text, at) {
                    Ok((_, next)) => at = next,
                    Err(fault) => break Err(fault),
                }
            }
            Some(..0x20) => break Err(Fault::syntax(at)),
            Some(&byte) => {
                met |= Word::from(byte);
                at += 1;
            }
            None => break Err(Fault::incomplete(at)),
        }
    };
    if met & HIGHS != 0 {
        let until = end.unwrap_or_else(|fault| fault.at);
        check_utf8(text, start, until)?;
    }
    end.map(|end| (end, escaped))
}

/// RFC 3629, by the standard library. A character that the end of the text cuts is no error here: the caller has met
/// that end.
fn check_utf8(text: &[u8], start: usize, until: usize) -> Result<(), Fault> {
    let inside = Span { start, end: until }.of(text);
    match core::str::from_utf8(inside) {
        Err(error) if error.error_len().is_some() || until < text.len() => {
            Err(Fault::syntax(start.saturating_add(error.valid_up_to())))
        }
        _ => Ok(()),
    }
}

fn word_at(text: &[u8], at: usize) -> Option<Word> {
    text.get(at..)?.first_chunk::<WORD>().map(|bytes| Word::from_le_bytes(*bytes))
}

/// Sets the highest bit of each byte that is a quote, a backslash or a control character, lowest first: above the first
/// bit set others may be wrong, because the subtractions borrow.
const fn special(word: Word) -> Word {
    let control = word.wrapping_sub(ONES * 0x20);
    let quote = (word ^ (ONES * b'"' as Word)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * b'\\' as Word)).wrapping_sub(ONES);
    (control | quote | backslash) & !word & HIGHS
}

/// The character that the escape at `at` stands for, and the offset behind it. A surrogate pair is one escape.
fn escape(text: &[u8], at: usize) -> Result<(char, usize), Fault> {
    let letter = at + 1;
    let character = match text.get(letter) {
        Some(&byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(text, letter + 1),
        Some(_) => return Err(Fault::syntax(letter)),
        None => return Err(Fault::incomplete(letter)),
    };
    Ok((character, letter + 1))
}

/// `at` is behind the `\u`.
fn unicode_escape(text: &[u8], at: usize) -> Result<(char, usize), Fault> {
    let first = four_digits(text, at)?;
    let behind = at + 4;
    if let Some(character) = char::from_u32(first) {
        return Ok((character, behind));
    }
    // A surrogate: the high one must come first, and the low one at once.
    if first >= 0xdc00 {
        return Err(Fault::syntax(at));
    }
    for (offset, expected) in [(behind, b'\\'), (behind + 1, b'u')] {
        match text.get(offset) {
            Some(&byte) if byte == expected => {}
            Some(_) => return Err(Fault::syntax(offset)),
            None => return Err(Fault::incomplete(offset)),
        }
    }
    let second = four_digits(text, behind + 2)?;
    if !(0xdc00..0xe000).contains(&second) {
        return Err(Fault::syntax(behind + 2));
    }
    let scalar = 0x1_0000 + ((first & 0x3ff) << 10 | second & 0x3ff);
    char::from_u32(scalar).map(|character| (character, behind + 6)).ok_or(Fault::syntax(at))
}

fn four_digits(text: &[u8], at: usize) -> Result<u32, Fault> {
    let mut value = 0;
    for offset in at..at + 4 {
        let Some(&byte) = text.get(offset) else {
            return Err(Fault::incomplete(offset));
        };
        let Some(digit) = char::from(byte).to_digit(16) else {
            return Err(Fault::syntax(offset));
        };
        value = value << 4 | digit;
    }
    Ok(value)
}

/// The characters of a checked string, escapes decoded.
#[derive(Clone)]
pub(super) struct Chars<'t> {
    inside: &'t [u8],
    at: usize,
}

impl<'t> Chars<'t> {
    /// `inside` is what stands between the quotes.
    pub(super) const fn new(inside: &'t [u8]) -> Self {
        Self { inside, at: 0 }
    }
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let rest = self.inside.get(self.at..)?;
        if rest.first() == Some(&b'\\') {
            let (character, next) = escape(self.inside, self.at).ok()?;
            self.at = next;
            return Some(character);
        }
        // The string was checked: its characters are at most four bytes long, and well-formed.
        let longest = rest.get(..4).unwrap_or(rest);
        let valid = match core::str::from_utf8(longest) {
            Ok(text) => text,
            Err(error) => core::str::from_utf8(longest.get(..error.valid_up_to())?).ok()?,
        };
        let character = valid.chars().next()?;
        self.at += character.len_utf8();
        Some(character)
    }
}

/// Decodes a checked string in place: from `from` on to the end of its inside, `until`, its characters go to `to` on.
/// Gives the offset behind the last one.
///
/// `to` must not be greater than `from`. An escape is never shorter than what it stands for, so nothing is overwritten
/// that was not read yet.
pub(super) fn decode_in_place(text: &mut [u8], from: usize, until: usize, to: usize) -> usize {
    let (mut from, mut to) = (from, to);
    while from < until {
        let Some(&byte) = text.get(from) else { break };
        if byte == b'\\' {
            let Ok((character, next)) = escape(text, from) else {
                break;
            };
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                put(text, &mut to, byte);
            }
            from = next;
        } else {
            put(text, &mut to, byte);
            from += 1;
        }
    }
    to
}

/// Writes one byte, and moves on.
pub(super) fn put(text: &mut [u8], to: &mut usize, byte: u8) {
    if let Some(place) = text.get_mut(*to) {
        *place = byte;
        *to += 1;
    }
}
