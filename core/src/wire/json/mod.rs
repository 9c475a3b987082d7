//! A strict scanner for JSON texts, RFC 8259.
//!
//! One pass over borrowed bytes, iterative, without writing to them. The whole text is checked, including the parts that are
//! not used:
//!
//! | Input | Rule |
//! |---|---|
//! | grammar, literals, numbers | exactly as in RFC 8259 sections 2 to 7; only white space may follow the value |
//! | byte order mark | an error (section 8.1) |
//! | nesting | at most [`MAX_DEPTH`] arrays and objects deep (section 9 allows a limit) |
//! | UTF-8 | must be well-formed (section 8.1; RFC 3629: no overlong forms, no surrogates) |
//! | control characters in strings | an error unless escaped (section 7) |
//! | escapes | the nine of section 7; `\u` with four hexadecimal digits of either case |
//! | lone surrogates | an error: they encode no character (section 8.2 leaves the behaviour open) |
//! | names | compared after escapes are decoded (section 8.3) |
//! | a duplicate of a requested member, in the outermost object | an error if it is one of [`Names::once`]; otherwise the first one counts |
//! | other duplicates, members of nested objects | ignored (section 4 only recommends unique names) |
//! | end of input too early | [`ProtocolErrorKind::Incomplete`], or [`ProtocolErrorKind::Empty`] if there is only white space |
//!
//! If a text has several faults, the first one is reported. `names`, `char_class` and `swar` are tuned for speed and size and
//! contain no rule.

#![allow(
    clippy::inline_always,
    reason = "on a host the scan is one function with its state in registers, on a device several small ones"
)]

mod names;
mod number;
mod value;

pub(super) use super::bytes::byte;
use super::char_class;
use super::protocol_error::{MAX_DEPTH, ProtocolErrorKind};
use super::string;
use super::swar;
use names::{NO_INDEX, position_of_escaped};
pub(super) use names::{Names, Words, position, words};
pub(super) use number::digits;
use number::scalar;
use value::{ESCAPED, ILLEGAL, IS_TOKEN, Known};
pub(super) use value::{Span, Value, Values};

/// A violation of the grammar, and its offset.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    pub(super) kind: ProtocolErrorKind,
    pub(super) at: usize,
}

/// Scans a whole text that must be an object, and stores the values of the named members.
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
        // Only white space may follow the value (section 2).
        Ok(at) => Err(Fault { kind: ProtocolErrorKind::Syntax, at }),
        Err(fault) => Err(fault),
    }
}

/// Scans a whole text.
pub(super) fn check(text: &[u8]) -> Result<(), Fault> {
    let mut unused = Value::NONE;
    members(text, &Names { all: &[], once: &[] }, &mut unused)
}

/// Returns the first byte after white space, and its offset.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn token(text: &[u8], at: usize) -> (u8, usize) {
    let first = byte(text, at);
    if first > b' ' { (first, at) } else { space(text, at) }
}

/// The slow path of [`token`]: skips white space (section 2).
#[cold]
#[cfg_attr(target_pointer_width = "64", inline(never))]
fn space(text: &[u8], at: usize) -> (u8, usize) {
    let mut at = at;
    while matches!(byte(text, at), b' ' | b'\t' | b'\n' | b'\r') {
        at += 1;
    }
    (byte(text, at), at)
}

/// Scans a value with its content and the white space after it; stores the named members of the outermost object. Returns the
/// offset of what follows.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn value(text: &[u8], names: &'static Names, values: &mut Values) -> Result<usize, Fault> {
    let syntax = |at| Err(Fault { kind: ProtocolErrorKind::Syntax, at });
    // The number of open arrays and objects, and a bit for each of them, the innermost lowest: set for an object.
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
                    index = position_of_escaped(names.all, Span { start, end: behind - 1 }.of(text));
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
        // A value has ended, and perhaps its containers with it; or an empty container is about to end.
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

/// Returns the byte that closes the innermost container.
const fn closer(objects: u32) -> u8 {
    if objects & 1 != 0 { b'}' } else { b']' }
}

/// Scans a string after its opening quotation mark (section 7). Returns the result and the offset after the closing one; or
/// [`ILLEGAL`] and the offset of the first illegal byte.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn string(text: &[u8], start: usize, is_token: bool) -> (Known, usize) {
    let mut end = start;
    let mut known = 0;
    if is_token {
        end = char_class::token_run_end(text, end);
        if byte(text, end) == b'"' && end != start {
            return (IS_TOKEN, end + 1);
        }
    }
    loop {
        end = swar::skip_ordinary(text, end);
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
