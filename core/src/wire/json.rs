//! A strict scanner for JSON texts, RFC 8259.
//!
//! One pass over borrowed bytes, iterative, without writing to them. The whole text is checked, whether anybody wants the
//! part or not:
//!
//! | Input | Rule |
//! |---|---|
//! | grammar, literals, numbers | to the letter of RFC 8259 sections 2 to 7; nothing may follow the value but white space |
//! | byte order mark | an error (section 8.1) |
//! | nesting | at most [`MAX_DEPTH`] arrays and objects deep, whatever is inside (section 9 allows a limit) |
//! | UTF-8 | must be well-formed (section 8.1; RFC 3629: no overlong forms, no surrogates) |
//! | control characters in strings | an error unless escaped (section 7) |
//! | escapes | the nine of section 7; `\u` with four hexadecimal digits of either case |
//! | lone surrogates | an error: they stand for no character (section 8.2 leaves them open) |
//! | names | compared after escapes are decoded (section 8.3) |
//! | a member that is looked for twice in the outermost object | an error if it is one of [`Names::once`]; else the first one counts |
//! | other names twice, nested members of any name | no matter |
//! | end of input too early | [`ProtocolErrorKind::Incomplete`], or [`ProtocolErrorKind::Empty`] if there is only white space |
//!
//! Of several faults the first one in the text is told.

#![allow(
    clippy::inline_always,
    reason = "on a host the scan is one function with its state in registers, on a device several small ones"
)]

use super::failure::{Field, ProtocolErrorKind};
use super::run;
use super::string;
use super::word;

/// The deepest nesting accepted: [`value`] has a word with a bit for each level.
pub(super) const MAX_DEPTH: u32 = u32::BITS;

/// What is wrong, and at which offset.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    pub(super) kind: ProtocolErrorKind,
    pub(super) at: usize,
}

/// An index beyond all names.
pub(super) const NO_INDEX: usize = 6;

/// The members of the outermost object that are looked for. The value of the first one is most likely made of nothing but
/// [token](run::TOKEN) characters, which is seen at once.
pub(super) struct Names {
    pub(super) all: &'static Words,
    /// The first of them are these, and must not stand there twice.
    pub(super) once: &'static [Field],
}

impl Names {
    /// Whether the first of them is an access token. The code of a refusal is read as if it were one on devices, where to ask
    /// costs more.
    const fn first_is_a_token(&self) -> bool {
        cfg!(not(target_pointer_width = "64")) || self.once.len() > 1
    }
}

/// Texts one behind the other, each behind a byte with its length: so many of them need no pointers.
pub(super) type Words = [u8];

/// Packs texts that take so many bytes, together with one for each of them.
pub(super) const fn words<const LENGTH: usize>(texts: &[&str]) -> [u8; LENGTH] {
    let mut words = [0; LENGTH];
    let (mut text, mut at) = (0, 0);
    while text < texts.len() {
        let bytes = texts[text].as_bytes();
        assert!(bytes.len() <= 0xff);
        words[at] = bytes.len().to_le_bytes()[0];
        let mut byte = 0;
        while byte < bytes.len() {
            words[at + 1 + byte] = bytes[byte];
            byte += 1;
        }
        at += 1 + byte;
        text += 1;
    }
    assert!(at == LENGTH);
    words
}

/// The index of the word that stands at the beginning of a text, with this byte behind it, and how long it is. If there is none
/// the index is one that is beyond.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) fn position(words: &Words, text: &[u8], end: u8) -> (usize, usize) {
    let mut rest = words;
    let mut index = 0;
    while let Some((&length, behind)) = rest.split_first()
        && let Some((word, behind)) = behind.split_at_checked(length.into())
    {
        if let Some((start, [next, ..])) = text.split_at_checked(word.len())
            && *next == end
            && is_same(word, start)
        {
            return (index, word.len());
        }
        rest = behind;
        index += 1;
    }
    (usize::MAX, 0)
}

/// The index of a name that is written with escapes.
#[cold]
#[inline(never)]
fn escaped(words: &Words, text: &[u8]) -> usize {
    // A longer one, or one with other characters, is none of the names.
    let mut decoded = [0; 20];
    string::copy_visible(text, string::ESCAPES, &mut decoded, true);
    position(words, &decoded, 0).0
}

/// Whether two texts of the same length, which is four bytes at least, are the same.
#[inline(always)]
fn is_same(word: &[u8], text: &[u8]) -> bool {
    if cfg!(not(target_pointer_width = "64")) {
        return word.iter().zip(text).all(|(word, text)| word == text);
    }
    // By fours, which takes neither a call nor many rounds.
    let fours = |text| <[u8]>::as_chunks::<4>(text).0.iter().map(|four| u32::from_ne_bytes(*four));
    fours(word).zip(fours(text)).all(|(word, text)| word == text)
        && word.last_chunk::<4>().zip(text.last_chunk::<4>()).is_some_and(|(word, text)| word == text)
}

/// Where in the text something stands.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    pub(super) const EMPTY: Self = Self { start: 0, end: 0 };

    /// The bytes there; none if the span lies outside, which no span of the scanned text does.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) const fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// A member's value.
#[derive(Clone, Copy)]
pub(super) struct Value {
    /// That of a string has no quotes; that of an array or object ends nowhere.
    pub(super) span: Span,
    /// The first byte, which tells the type; 0 if there is no value.
    first: u8,
    /// What is known of a string.
    known: Known,
}

/// What is known of a string: one of these or nothing.
type Known = u8;
/// It does not stand there as it is.
const ESCAPED: Known = 1;
/// All characters are [token](run::TOKEN)s, of which there is one at least. Known of the first member only.
const IS_TOKEN: Known = 2;
/// It is none.
const ILLEGAL: Known = 3;

impl Value {
    /// No values.
    pub(super) const NONE: Values = [Self { span: Span::EMPTY, first: 0, known: 0 }; 6];

    /// Null is as good as absent.
    pub(super) const fn is_absent(self) -> bool {
        matches!(self.first, 0 | b'n')
    }

    pub(super) const fn is_string(self) -> bool {
        self.first == b'"'
    }

    /// Whether it is a string that does not stand there as it is.
    pub(super) const fn is_escaped(self) -> bool {
        self.known == ESCAPED
    }

    /// Whether it is known to be a string of nothing but [token](run::TOKEN)s.
    pub(super) const fn is_token(self) -> bool {
        self.known == IS_TOKEN
    }

    pub(super) const fn is_number(self) -> bool {
        matches!(self.first, b'-' | b'0'..=b'9')
    }

    pub(super) const fn is_array(self) -> bool {
        self.first == b'['
    }
}

/// The values of the members that are looked for, in the order of the names.
pub(super) type Values = [Value; 6];

/// Scans a whole text that must be an object, and gives its members.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) fn members(text: &[u8], names: &'static Names, values: &mut Values) -> Result<(), Fault> {
    match value(text, names, values) {
        Ok(at) if at >= text.len() => {
            if names.all.is_empty() || token(text, 0).0 == b'{' {
                return Ok(());
            }
            Err(Fault { kind: ProtocolErrorKind::NotAnObject, at: 0 })
        }
        Err(Fault { at, .. }) if at >= text.len() => {
            let is_empty = token(text, 0).1 == at;
            let kind = if is_empty { ProtocolErrorKind::Empty } else { ProtocolErrorKind::Incomplete };
            Err(Fault { kind, at })
        }
        // Nothing may follow the value but white space.
        Ok(at) => Err(Fault { kind: ProtocolErrorKind::Syntax, at }),
        Err(fault) => Err(fault),
    }
}

/// Scans a whole text.
pub(super) fn check(text: &[u8]) -> Result<(), Fault> {
    let mut nobody = Value::NONE;
    members(text, &Names { all: &[], once: &[] }, &mut nobody)
}

/// The byte there; at the end 0, which is accepted nowhere.
#[inline]
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// What comes next behind white space, and where.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn token(text: &[u8], at: usize) -> (u8, usize) {
    let first = byte(text, at);
    if first > b' ' { (first, at) } else { space(text, at) }
}

/// The same where white space may be.
#[cold]
#[cfg_attr(target_pointer_width = "64", inline(never))]
fn space(text: &[u8], at: usize) -> (u8, usize) {
    let mut at = at;
    while matches!(byte(text, at), b' ' | b'\t' | b'\n' | b'\r') {
        at += 1;
    }
    (byte(text, at), at)
}

/// A value with all that is inside, and the white space behind it. Of the outermost object the members are told apart.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn value(text: &[u8], names: &'static Names, values: &mut Values) -> Result<usize, Fault> {
    let syntax = |at| Err(Fault { kind: ProtocolErrorKind::Syntax, at });
    // The containers that are open, and a bit for each of them, the innermost lowest: set for an object.
    let mut depth = 0;
    let mut objects = 0_u32;
    let mut behind = 0;
    loop {
        let mut index = NO_INDEX;
        let (mut first, mut at) = token(text, behind);
        if objects & 1 != 0 {
            if first != b'"' {
                return syntax(at);
            }
            let start = at + 1;
            let mut length = 0;
            if depth == 1 {
                (index, length) = position(names.all, text.get(start..).unwrap_or_default(), b'"');
            }
            behind = start + length + 1;
            if length == 0 {
                let known;
                (known, behind) = string(text, start, false);
                if known == ILLEGAL {
                    return syntax(behind);
                }
                if depth == 1 && known == ESCAPED {
                    index = escaped(names.all, Span { start, end: behind - 1 }.of(text));
                }
            }
            if values.get(index).is_some_and(|value| value.first != 0) {
                if let Some(&field) = names.once.get(index) {
                    return Err(Fault { kind: ProtocolErrorKind::Duplicate(field), at: start });
                }
                index = NO_INDEX;
            }
            (first, at) = token(text, behind);
            if first != b':' {
                return syntax(at);
            }
            (first, at) = token(text, at + 1);
        }
        let mut value = Value { span: Span { start: at, end: 0 }, first, known: 0 };
        let mut is_open = false;
        if first == b'"' {
            value.span.start += 1;
            (value.known, behind) = string(text, at + 1, index == 0 && names.first_is_a_token());
            if value.known == ILLEGAL {
                return syntax(behind);
            }
            value.span.end = behind - 1;
        } else if matches!(first, b'{' | b'[') {
            if depth == MAX_DEPTH {
                return Err(Fault { kind: ProtocolErrorKind::Depth, at });
            }
            depth += 1;
            objects = objects << 1 | u32::from(first == b'{');
            (first, behind) = token(text, at + 1);
            is_open = first != closer(objects);
        } else {
            behind = match scalar(text, at, first) {
                Ok(end) => end,
                Err(at) => return syntax(at),
            };
            value.span.end = behind;
        }
        if let Some(slot) = values.get_mut(index) {
            *slot = value;
        }
        // A value has ended, and perhaps some containers with it; or an empty one is about to.
        while !is_open {
            (first, at) = token(text, behind);
            if depth == 0 {
                return Ok(at);
            }
            is_open = first == b',';
            if !is_open {
                if first != closer(objects) {
                    return syntax(at);
                }
                depth -= 1;
                objects >>= 1;
            }
            behind = at + 1;
        }
    }
}

/// The byte that ends the innermost container: `]` or, two further on, `}`.
const fn closer(objects: u32) -> u8 {
    if objects & 1 != 0 { b'}' } else { b']' }
}

/// A string from behind its first quote on: what is known of it, and where it ends; or [`ILLEGAL`], and the offset of what
/// cannot be accepted.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn string(text: &[u8], start: usize, is_token: bool) -> (Known, usize) {
    let mut end = start;
    let mut known = 0;
    if is_token {
        end = run::token(text, end);
        if byte(text, end) == b'"' && end != start {
            return (IS_TOKEN, end + 1);
        }
    }
    loop {
        end = word::skip_ordinary(text, end);
        let byte = byte(text, end);
        if byte == b'"' {
            return (known, end + 1);
        }
        if byte == b'\\' {
            known = ESCAPED;
        }
        let code;
        (code, end) = string::character(text, end);
        if code == string::NONE {
            return (ILLEGAL, end);
        }
    }
}

/// A number or a literal, which begins with this byte: its end, or the offset of what cannot be accepted.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn scalar(text: &[u8], at: usize, first: u8) -> Result<usize, usize> {
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

/// `[ "-" ] int [ frac ] [ exp ]`, RFC 8259 section 6.
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

/// One digit or more: their end, or the offset of what is none.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) fn digits(text: &[u8], start: usize) -> Result<usize, usize> {
    let mut at = start;
    while byte(text, at).is_ascii_digit() {
        at += 1;
    }
    if at == start { Err(at) } else { Ok(at) }
}
