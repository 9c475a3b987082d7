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
use super::run::{TOKEN, inside};
use super::string::{self, Characters};
use super::word;

/// The deepest nesting accepted: [`Scanner::value`] has a word with a bit for each level.
pub(super) const MAX_DEPTH: u32 = u32::BITS;

/// What is wrong, and at which offset.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    pub(super) kind: ProtocolErrorKind,
    pub(super) at: usize,
}

/// An index beyond all names.
pub(super) const NO_INDEX: usize = 6;

/// For [`Names::token`]: there is none.
pub(super) const NO_TOKEN: usize = usize::MAX;

/// The members of the outermost object that are looked for.
pub(super) struct Names {
    pub(super) all: &'static [&'static str],
    /// The first of them are these, and must not stand there twice.
    pub(super) once: &'static [Field],
    /// The index of the access token, whose characters are worth a look at once.
    pub(super) token: usize,
}

/// The index of the text that is the same, or one that is beyond.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) fn position(texts: &[&str], text: &[u8]) -> usize {
    texts.iter().position(|other| is_same(other.as_bytes(), text)).unwrap_or(usize::MAX)
}

/// The same for a text with escapes.
#[cold]
#[inline(never)]
fn escaped(texts: &[&str], text: &[u8]) -> usize {
    // A longer one, or one with other characters, is none of the names.
    let mut decoded = [0; 20];
    let mut length = 0;
    Characters::escaped(text).copy_visible(&mut decoded, &mut length);
    position(texts, decoded.get(..length).unwrap_or_default())
}

/// Whether two texts are the same, which have four bytes at least. By fours, which takes neither a call nor many rounds.
fn is_same(name: &[u8], key: &[u8]) -> bool {
    let fours = |text| <[u8]>::as_chunks::<4>(text).0.iter().map(|four| u32::from_ne_bytes(*four));
    name.len() == key.len()
        && fours(name).zip(fours(key)).all(|(name, key)| name == key)
        && name.last_chunk::<4>().zip(key.last_chunk::<4>()).is_some_and(|(name, key)| name == key)
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
    #[inline]
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
/// All characters are [`TOKEN`]s. Known of the first member only.
const IS_TOKEN: Known = 2;

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

    /// Whether it is known to be a string of nothing but [`TOKEN`]s.
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
    let fault = Fault { kind: ProtocolErrorKind::Syntax, at: usize::MAX };
    let mut scanner = Scanner { text, at: 0, fault, names };
    scanner.value(values);
    scanner.end()
}

/// Scans a whole text.
pub(super) fn check(text: &[u8]) -> Result<(), Fault> {
    let mut nobody = Value::NONE;
    members(text, &Names { all: &[], once: &[], token: NO_TOKEN }, &mut nobody)
}

/// Goes past white space.
#[cold]
#[inline(never)]
fn space(text: &[u8], at: usize) -> usize {
    let mut at = at;
    while matches!(byte(text, at), b' ' | b'\t' | b'\n' | b'\r') {
        at += 1;
    }
    at
}

/// The byte there; at the end 0, which is accepted nowhere.
#[inline]
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

struct Scanner<'t> {
    text: &'t [u8],
    /// What comes next. After a fault that is the end of the text, where nothing more is accepted: so whoever calls a
    /// function that reads need not ask whether it could.
    at: usize,
    /// The first thing that cannot be accepted; beyond every text if nothing is wrong.
    fault: Fault,
    names: &'static Names,
}

impl Scanner<'_> {
    /// Remembers the first fault, which is here.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn fail(&mut self) {
        self.fault.at = self.fault.at.min(self.at);
        self.at = self.text.len();
    }

    /// What was found.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn end(&mut self) -> Result<(), Fault> {
        // Nothing may follow the value but white space.
        if self.at < self.text.len() {
            self.at = space(self.text, self.at);
            if self.at < self.text.len() {
                self.fail();
            }
        }
        let Fault { mut kind, mut at } = self.fault;
        if at > self.text.len() {
            let is_object = byte(self.text, 0) == b'{' || byte(self.text, space(self.text, 0)) == b'{';
            if is_object || self.names.all.is_empty() {
                return Ok(());
            }
            kind = ProtocolErrorKind::NotAnObject;
            at = 0;
        } else if at == self.text.len() {
            let is_empty = space(self.text, 0) == at;
            kind = if is_empty { ProtocolErrorKind::Empty } else { ProtocolErrorKind::Incomplete };
        }
        Err(Fault { kind, at })
    }

    /// Goes past white space; gives what comes next.
    #[inline(always)]
    fn token(&mut self) -> u8 {
        let byte = byte(self.text, self.at);
        if byte > b' ' {
            return byte;
        }
        self.at = space(self.text, self.at);
        self.byte()
    }

    /// The byte that comes next, white space or not.
    fn byte(&self) -> u8 {
        byte(self.text, self.at)
    }

    /// Goes past this byte, if it is the next one.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn accept(&mut self, expected: u8) -> bool {
        let is_next = byte(self.text, self.at) == expected;
        self.at += usize::from(is_next);
        is_next
    }

    /// A value with all that is inside. Of the outermost object the members are told apart.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn value(&mut self, values: &mut Values) {
        // The containers that are open, and a bit for each of them, the innermost lowest: set for an object.
        let mut depth = 0;
        let mut objects = 0_u32;
        loop {
            let mut index = NO_INDEX;
            let mut first = self.token();
            if objects & 1 != 0 {
                if first != b'"' {
                    return self.fail();
                }
                let start = self.at + 1;
                let known = self.string(false);
                if depth == 1 {
                    index = self.index(start, known, values);
                }
                if self.token() != b':' {
                    return self.fail();
                }
                self.at += 1;
                first = self.token();
            }
            let mut value = Value { span: Span { start: self.at, end: 0 }, first, known: 0 };
            let mut is_open = false;
            if first == b'"' {
                value.span.start += 1;
                value.known = self.string(index == self.names.token);
                value.span.end = self.at - 1;
            } else if matches!(first, b'{' | b'[') {
                if depth == MAX_DEPTH {
                    self.fault.kind = ProtocolErrorKind::Depth;
                    return self.fail();
                }
                depth += 1;
                objects = objects << 1 | u32::from(first == b'{');
                self.at += 1;
                is_open = self.token() != closer(objects);
            } else {
                self.scalar(first);
                value.span.end = self.at;
            }
            if let Some(slot) = values.get_mut(index) {
                *slot = value;
            }
            // A value has ended, and perhaps some containers with it; or an empty one is about to.
            while !is_open {
                if depth == 0 {
                    return;
                }
                let next = self.token();
                is_open = next == b',';
                if !is_open {
                    if next != closer(objects) {
                        return self.fail();
                    }
                    depth -= 1;
                    objects >>= 1;
                }
                self.at += 1;
            }
        }
    }

    /// The index of the member of the outermost object whose name was just read, if its value is wanted; `start` is where
    /// its name begins.
    #[inline(always)]
    fn index(&mut self, start: usize, known: Known, values: &Values) -> usize {
        if self.fault.at <= self.text.len() {
            return NO_INDEX;
        }
        let name = Span { start, end: self.at - 1 }.of(self.text);
        let names = self.names.all;
        let index = if known == ESCAPED { escaped(names, name) } else { position(names, name) };
        if values.get(index).is_none_or(|value| value.first == 0) {
            return index;
        }
        if let Some(&field) = self.names.once.get(index) {
            self.fault.kind = ProtocolErrorKind::Duplicate(field);
            self.at = start;
            self.fail();
        }
        NO_INDEX
    }

    /// A string with its quotes.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn string(&mut self, is_token: bool) -> Known {
        let mut end = self.at + 1;
        let mut known = 0;
        if is_token {
            end = inside(self.text, end, TOKEN);
            if byte(self.text, end) == b'"' {
                self.at = end + 1;
                return IS_TOKEN;
            }
        }
        loop {
            end = word::skip_ordinary(self.text, end);
            self.at = end + 1;
            let byte = byte(self.text, end);
            if byte == b'"' {
                return known;
            }
            if byte == b'\\' {
                known = ESCAPED;
            }
            let code;
            (code, end) = string::character(self.text, end);
            if code == string::NONE {
                self.at = end;
                self.fail();
                return known;
            }
        }
    }

    /// A number or a literal, which begins with this byte.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn scalar(&mut self, first: u8) {
        let word = match first {
            b't' => "true",
            b'f' => "false",
            b'n' => "null",
            _ => return self.number(first),
        };
        for byte in word.bytes() {
            if !self.accept(byte) {
                return self.fail();
            }
        }
    }

    /// `[ "-" ] int [ frac ] [ exp ]`, RFC 8259 section 6.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn number(&mut self, first: u8) {
        if first == b'-' {
            self.at += 1;
        }
        if self.byte() == b'0' {
            self.at += 1;
        } else {
            self.digits();
        }
        if self.byte() == b'.' {
            self.at += 1;
            self.digits();
        }
        if self.byte() | 0x20 == b'e' {
            self.at += 1;
            if matches!(self.byte(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits();
        }
    }

    /// One digit or more.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn digits(&mut self) {
        let start = self.at;
        while byte(self.text, self.at).is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start {
            self.fail();
        }
    }
}

/// The byte that ends the innermost container: `]` or, two further on, `}`.
const fn closer(objects: u32) -> u8 {
    if objects & 1 != 0 { b'}' } else { b']' }
}
