//! A strict scanner for JSON texts, RFC 8259.
//!
//! One pass over borrowed bytes, iterative, without writing to them. (A text with anything but ASCII in it is looked over
//! once more, by the standard library's check of UTF-8.) The whole text is checked, whether anybody wants the part or not:
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
//! | a member that is looked for twice in the outermost object | an error if [`Names`] says so; else the first one counts |
//! | other names twice, nested members of any name | no matter |
//! | end of input too early | [`ProtocolErrorKind::Incomplete`], or [`ProtocolErrorKind::Empty`] if there is only white space |

use super::failure::{Field, ProtocolErrorKind};
use super::{string, word};

/// The deepest nesting accepted: [`Scanner::value`] has a word with a bit for each level.
pub(super) const MAX_DEPTH: u32 = u32::BITS;

/// What is wrong, and at which offset.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    pub(super) kind: ProtocolErrorKind,
    pub(super) at: usize,
}

/// The members of the outermost object that are looked for: their names, and the field if it must not stand there twice.
pub(super) type Names = [(&'static str, Option<Field>); 6];

/// The index of the name that a key spells.
fn index_of(names: &Names, key: &[u8]) -> Option<usize> {
    names.iter().position(|(name, _)| is_same(name.as_bytes(), key))
}

/// The same for a key with escapes.
#[cold]
fn index_of_escaped(names: &Names, key: &[u8]) -> Option<usize> {
    names.iter().position(|(name, _)| string::Ascii::escaped(key).eq(name.bytes()))
}

/// Whether two texts are the same; both have four bytes at least. By fours, which takes neither a call nor many rounds.
fn is_same(name: &[u8], key: &[u8]) -> bool {
    let fours = |text| <[u8]>::as_chunks::<4>(text).0.iter().map(|four| u32::from_ne_bytes(*four));
    name.len() == key.len() && fours(name).eq(fours(key)) && name.last_chunk::<4>() == key.last_chunk()
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
    /// The first byte, which tells the type; of a string with escapes, perhaps, [`Value::ESCAPED`]; 0 if there is no value.
    first: u8,
    /// That of a string has no quotes.
    pub(super) span: Span,
}

impl Value {
    /// Stands for the quote of a string that has to be decoded.
    const ESCAPED: u8 = b'\\';

    /// Null is as good as absent.
    pub(super) const fn is_absent(self) -> bool {
        matches!(self.first, 0 | b'n')
    }

    pub(super) const fn is_string(self) -> bool {
        matches!(self.first, b'"' | Self::ESCAPED)
    }

    /// Whether it is a string that does not stand there as it is.
    pub(super) const fn is_escaped(self) -> bool {
        self.first == Self::ESCAPED
    }

    pub(super) const fn is_number(self) -> bool {
        matches!(self.first, b'-' | b'0'..=b'9')
    }

    pub(super) const fn is_array(self) -> bool {
        self.first == b'['
    }
}

/// The values of the members that are looked for, in the order of the names.
pub(super) struct Members {
    names: &'static Names,
    spans: [Span; 6],
    /// See [`Value::first`].
    firsts: [u8; 6],
    /// At least so many bytes at the beginning of the first member's string are token characters: see [`word::token_run`].
    pub(super) token_run: usize,
}

impl Members {
    pub(super) const fn none(names: &'static Names) -> Self {
        Self { names, spans: [Span::EMPTY; 6], firsts: [0; 6], token_run: 0 }
    }

    /// The value of the member with this index.
    pub(super) fn value(&self, index: usize) -> Value {
        match (self.spans.get(index), self.firsts.get(index)) {
            (Some(&span), Some(&first)) => Value { first, span },
            _ => Value { first: 0, span: Span::EMPTY },
        }
    }

    /// Keeps a value. Of several with the same name the first one, unless that is an error.
    fn record(&mut self, index: usize, value: Value) -> Result<(), Field> {
        if let (Some(span), Some(first)) = (self.spans.get_mut(index), self.firsts.get_mut(index)) {
            if *first != 0 {
                return self.names.get(index).and_then(|(_, field)| *field).map_or(Ok(()), Err);
            }
            *span = value.span;
            *first = value.first;
        }
        Ok(())
    }
}

/// Scans a whole text that must be an object, and fills in its members.
pub(super) fn members(text: &[u8], members: &mut Members) -> Result<(), Fault> {
    let mut scanner = Scanner::new(text);
    let (start, first) = scanner.token(0);
    let is_object = first == b'{';
    let end = if is_object { scanner.object(start + 1, members) } else { scanner.value(start, 0) };
    scanner.whole(end)?;
    if is_object { Ok(()) } else { Err(Fault { kind: ProtocolErrorKind::NotAnObject, at: 0 }) }
}

/// Scans a whole text.
pub(super) fn check(text: &[u8]) -> Result<(), Fault> {
    let mut scanner = Scanner::new(text);
    let end = scanner.value(0, 0);
    scanner.whole(end)
}

struct Scanner<'t> {
    text: &'t [u8],
    /// Whether there was anything but ASCII.
    beyond_ascii: bool,
    /// The rule that was broken, if it is none of the grammar.
    broken: Option<ProtocolErrorKind>,
}

/// Functions that read take the offset to begin at and give the one behind what they read, or as error the offset of what
/// cannot be accepted.
impl<'t> Scanner<'t> {
    const fn new(text: &'t [u8]) -> Self {
        Self { text, beyond_ascii: false, broken: None }
    }

    /// What a scan that ended so has found.
    fn whole(&self, end: Result<usize, usize>) -> Result<(), Fault> {
        // Nothing may follow the value but white space.
        let at = end.map_or_else(|at| at, |end| self.token(end).0);
        if self.beyond_ascii
            && let Err(error) = core::str::from_utf8(self.text)
            && error.error_len().is_some()
            && error.valid_up_to() < at
        {
            return Err(Fault { kind: ProtocolErrorKind::Syntax, at: error.valid_up_to() });
        }
        let kind = if at < self.text.len() {
            ProtocolErrorKind::Syntax
        } else if end.is_ok() {
            return Ok(());
        } else if self.token(0).0 == at {
            ProtocolErrorKind::Empty
        } else {
            ProtocolErrorKind::Incomplete
        };
        Err(Fault { kind: self.broken.unwrap_or(kind), at })
    }

    /// The byte there; at the end 0, which is accepted nowhere.
    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    /// Goes past white space: the offset of the next byte, and that byte.
    fn token(&self, at: usize) -> (usize, u8) {
        let mut at = at;
        loop {
            let byte = self.byte(at);
            if byte > b' ' || !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return (at, byte);
            }
            at += 1;
        }
    }

    /// The outermost object, from behind its brace. Its members are told apart, what is inside them is not.
    fn object(&mut self, at: usize, members: &mut Members) -> Result<usize, usize> {
        let (mut at, mut first) = self.token(at);
        if first == b'}' {
            return Ok(at + 1);
        }
        loop {
            if first != b'"' {
                return Err(at);
            }
            let key = at + 1;
            let (end, is_plain) = self.string(key)?;
            let name = Span { start: key, end }.of(self.text);
            let index =
                if is_plain { index_of(members.names, name) } else { index_of_escaped(members.names, name) };
            let (colon, byte) = self.token(end + 1);
            if byte != b':' {
                return Err(colon);
            }
            let (value, mut first_of_value) = self.token(colon + 1);
            let (span, behind) = if first_of_value == b'"' {
                let start = value + 1;
                let mut from = start;
                if index == Some(0) {
                    members.token_run = word::token_run(self.text.get(start..).unwrap_or_default());
                    from += members.token_run;
                }
                let (end, is_plain) = self.string(from)?;
                if !is_plain {
                    first_of_value = Value::ESCAPED;
                }
                (Span { start, end }, end + 1)
            } else {
                let is_container = matches!(first_of_value, b'{' | b'[');
                let end =
                    if is_container { self.value(value, 1)? } else { self.scalar(value, first_of_value)? };
                (Span { start: value, end }, end)
            };
            if let Some(index) = index {
                members.record(index, Value { first: first_of_value, span }).map_err(|field| {
                    self.broken = Some(ProtocolErrorKind::Duplicate(field));
                    key
                })?;
            }
            (at, first) = self.token(behind);
            match first {
                b',' => (at, first) = self.token(at + 1),
                b'}' => return Ok(at + 1),
                _ => return Err(at),
            }
        }
    }

    /// Any value, inside so many containers.
    fn value(&mut self, at: usize, containers: u32) -> Result<usize, usize> {
        let mut at = at;
        // The containers that were opened here, and a bit for each of them, the innermost lowest: set for an object.
        let mut depth = 0;
        let mut objects = 0_u32;
        // Whether the name of a member comes next, not a value.
        let mut name_is_next = false;
        loop {
            let first;
            (at, first) = self.token(at);
            if first == b'"' {
                (at, _) = self.string(at + 1)?;
                if name_is_next {
                    name_is_next = false;
                    let colon;
                    (at, colon) = self.token(at + 1);
                    if colon != b':' {
                        return Err(at);
                    }
                    at += 1;
                    continue;
                }
                at += 1;
            } else if name_is_next {
                return Err(at);
            } else if matches!(first, b'{' | b'[') {
                if containers + depth == MAX_DEPTH {
                    self.broken = Some(ProtocolErrorKind::Depth);
                    return Err(at);
                }
                depth += 1;
                objects = objects << 1 | u32::from(first == b'{');
                let next;
                (at, next) = self.token(at + 1);
                if next != closer(objects) {
                    name_is_next = objects & 1 != 0;
                    continue;
                }
            } else {
                at = self.scalar(at, first)?;
            }
            // A value has ended, and perhaps some containers with it; or an empty one is about to.
            loop {
                if depth == 0 {
                    return Ok(at);
                }
                let next;
                (at, next) = self.token(at);
                if next == b',' {
                    at += 1;
                    name_is_next = objects & 1 != 0;
                    break;
                }
                if next != closer(objects) {
                    return Err(at);
                }
                at += 1;
                depth -= 1;
                objects >>= 1;
            }
        }
    }

    /// From the inside of a string to its closing quote; and whether it is ordinary all through.
    #[inline]
    fn string(&mut self, at: usize) -> Result<(usize, bool), usize> {
        let end = word::skip_ordinary(self.text, at);
        if self.byte(end) == b'"' {
            Ok((end, true))
        } else {
            self.string_further(end).map(|end| (end, false))
        }
    }

    /// The same for strings that are not all ordinary.
    #[inline(never)]
    fn string_further(&mut self, at: usize) -> Result<usize, usize> {
        let mut at = at;
        loop {
            match self.byte(at) {
                b'"' => return Ok(at),
                b'\\' => (_, at) = string::escape(self.text, at)?,
                0x80.. => {
                    self.beyond_ascii = true;
                    at += 1;
                }
                _ => return Err(at),
            }
            at = word::skip_ordinary(self.text, at);
        }
    }

    /// A number or a literal, which begins with this byte.
    fn scalar(&self, at: usize, first: u8) -> Result<usize, usize> {
        let word = match first {
            b't' => "true",
            b'f' => "false",
            b'n' => "null",
            _ => return self.number(at),
        };
        let mut at = at;
        for expected in word.bytes() {
            if self.byte(at) != expected {
                return Err(at);
            }
            at += 1;
        }
        Ok(at)
    }

    /// `[ "-" ] int [ frac ] [ exp ]`, RFC 8259 section 6.
    fn number(&self, at: usize) -> Result<usize, usize> {
        let mut at = at + usize::from(self.byte(at) == b'-');
        at = if self.byte(at) == b'0' { at + 1 } else { self.digits(at)? };
        if self.byte(at) == b'.' {
            at = self.digits(at + 1)?;
        }
        if matches!(self.byte(at), b'e' | b'E') {
            at += 1;
            at = self.digits(at + usize::from(matches!(self.byte(at), b'+' | b'-')))?;
        }
        Ok(at)
    }

    /// One digit or more.
    #[inline(never)]
    fn digits(&self, at: usize) -> Result<usize, usize> {
        let mut end = at;
        while self.byte(end).is_ascii_digit() {
            end += 1;
        }
        if end > at { Ok(end) } else { Err(at) }
    }
}

/// The byte that ends the innermost container.
const fn closer(objects: u32) -> u8 {
    if objects & 1 != 0 { b'}' } else { b']' }
}
