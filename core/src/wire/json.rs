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
//! | a member of [`Name`] twice in the outermost object | an error if it is one of [`Field`]; else the first one counts |
//! | other names twice, nested members of any name | no matter |
//! | end of input too early | [`ProtocolErrorKind::Incomplete`], or [`ProtocolErrorKind::Empty`] if there is only white space |

use super::failure::{Field, ProtocolErrorKind};
use super::string;

/// The deepest nesting accepted; [`Scanner::objects`] has a bit for each level.
pub(super) const MAX_DEPTH: u32 = u32::BITS;

/// What is wrong, and at which offset.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    pub(super) kind: ProtocolErrorKind,
    pub(super) at: usize,
}

/// The members of the outermost object that mean something, in a token response, a refusal or a Platform API error.
#[derive(Clone, Copy)]
pub(super) enum Name {
    AccessToken,
    TokenType,
    ExpiresIn,
    RefreshToken,
    Scope,
    Error,
    ErrorDescription,
    Description,
    Message,
    Code,
    ContextId,
}

impl Name {
    const COUNT: usize = 11;

    const ALL: [(Self, &'static [u8]); Self::COUNT] = [
        (Self::AccessToken, b"access_token"),
        (Self::TokenType, b"token_type"),
        (Self::ExpiresIn, b"expires_in"),
        (Self::RefreshToken, b"refresh_token"),
        (Self::Scope, b"scope"),
        (Self::Error, b"error"),
        (Self::ErrorDescription, b"error_description"),
        (Self::Description, b"description"),
        (Self::Message, b"message"),
        (Self::Code, b"code"),
        (Self::ContextId, b"contextId"),
    ];

    /// The name that a key spells; `key` is the checked inside of a string.
    fn of(key: &[u8], escaped: bool) -> Option<Self> {
        let spells = |name: &[u8]| {
            if escaped {
                string::Chars::new(key).eq(name.iter().map(|&byte| char::from(byte)))
            } else {
                key == name
            }
        };
        Self::ALL.iter().find(|(_, name)| spells(name)).map(|&(name, _)| name)
    }

    const fn field(self) -> Option<Field> {
        match self {
            Self::AccessToken => Some(Field::AccessToken),
            Self::TokenType => Some(Field::TokenType),
            Self::ExpiresIn => Some(Field::ExpiresIn),
            Self::RefreshToken => Some(Field::RefreshToken),
            Self::Scope => Some(Field::Scope),
            Self::Error => Some(Field::Error),
            _ => None,
        }
    }
}

/// The type of a value. The two kinds of strings save decoding where there is nothing to decode.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is no such member.
    Absent,
    Null,
    Boolean,
    Number,
    /// A string without escapes.
    Plain,
    /// A string with escapes.
    Escaped,
    Array,
    Object,
}

/// Where in the text something stands.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    /// The bytes there; none if the span lies outside, which no span of the scanned text does.
    pub(super) fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) const fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// A member's value. The span of a string has no quotes.
#[derive(Clone, Copy)]
pub(super) struct Value {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

impl Value {
    /// Null is as good as absent.
    pub(super) const fn is_absent(self) -> bool {
        matches!(self.kind, Kind::Absent | Kind::Null)
    }

    pub(super) const fn is_string(self) -> bool {
        matches!(self.kind, Kind::Plain | Kind::Escaped)
    }
}

/// The members of the outermost object that have a [`Name`].
pub(super) struct Members {
    spans: [Span; Name::COUNT],
    kinds: [Kind; Name::COUNT],
    /// At least so many bytes at the beginning of the access token are legal: see [`string::token_run`].
    pub(super) token_run: usize,
}

impl Members {
    pub(super) const NONE: Self = Self {
        spans: [Span { start: 0, end: 0 }; Name::COUNT],
        kinds: [Kind::Absent; Name::COUNT],
        token_run: 0,
    };

    /// The value of a member; [`Kind::Absent`] if there is none.
    pub(super) fn value(&self, name: Name) -> Value {
        let index = name as usize;
        match (self.kinds.get(index), self.spans.get(index)) {
            (Some(&kind), Some(&span)) => Value { kind, span },
            _ => Value { kind: Kind::Absent, span: Span { start: 0, end: 0 } },
        }
    }

    /// Keeps a value. Of several with the same name the first one, unless that is an error.
    fn record(&mut self, name: Name, value: Value) -> Result<(), Field> {
        let index = name as usize;
        if let (Some(kind), Some(span)) = (self.kinds.get_mut(index), self.spans.get_mut(index)) {
            if *kind != Kind::Absent {
                return name.field().map_or(Ok(()), Err);
            }
            *kind = value.kind;
            *span = value.span;
        }
        Ok(())
    }
}

/// What was not read yet: the end of the text. Functions that read take it and give what they leave of it.
pub(super) type Rest<'t> = &'t [u8];

/// Why reading stopped: the rest begins with what cannot be accepted.
pub(super) struct Stop<'t> {
    rest: Rest<'t>,
    /// The rule that was broken, if it is none of the grammar.
    broken: Option<ProtocolErrorKind>,
}

/// The grammar was broken.
impl<'t> From<Rest<'t>> for Stop<'t> {
    fn from(rest: Rest<'t>) -> Self {
        Self { rest, broken: None }
    }
}

impl Stop<'_> {
    #[cold]
    fn fault(&self, text: &[u8]) -> Fault {
        let of_grammar = if !self.rest.is_empty() {
            ProtocolErrorKind::Syntax
        } else if text.trim_ascii().is_empty() {
            ProtocolErrorKind::Empty
        } else {
            ProtocolErrorKind::Incomplete
        };
        Fault { kind: self.broken.unwrap_or(of_grammar), at: text.len() - self.rest.len() }
    }
}

/// Scans a whole text that must be an object, and fills in its members.
pub(super) fn members(text: &[u8], members: &mut Members) -> Result<(), Fault> {
    let scanned = match token(text) {
        Ok((b'{', _, behind)) => object(text, behind, members).and_then(end),
        _ => value(text, 0)
            .and_then(end)
            .and(Err(Stop { rest: text, broken: Some(ProtocolErrorKind::NotAnObject) })),
    };
    scanned.map_err(|stop| stop.fault(text))
}

/// Scans a whole text.
pub(super) fn check(text: &[u8]) -> Result<(), Fault> {
    value(text, 0).and_then(end).map_err(|stop| stop.fault(text))
}

/// The outermost object, from behind its brace. Its members are told apart, what is inside them is not.
fn object<'t>(text: &'t [u8], rest: Rest<'t>, members: &mut Members) -> Result<Rest<'t>, Stop<'t>> {
    let at = |rest: Rest<'_>| text.len() - rest.len();
    let (mut next, mut from, mut behind) = token(rest)?;
    if next == b'}' {
        return Ok(behind);
    }
    loop {
        if next != b'"' {
            return Err(from.into());
        }
        let key = behind;
        let (quote, escaped) = string::scan(key)?;
        let name = key.get(..key.len() - quote.len()).and_then(|name| Name::of(name, escaped));
        (next, from, behind) = token(colon(quote)?)?;
        let (start, end, rest, kind) = match next {
            b'"' => {
                let mut inside = behind;
                if let Some(Name::AccessToken) = name {
                    members.token_run = string::token_run(inside);
                    inside = inside.get(members.token_run..).unwrap_or_default();
                }
                let (quote, escaped) = string::scan(inside)?;
                let kind = if escaped { Kind::Escaped } else { Kind::Plain };
                (behind, quote, skip_quote(quote), kind)
            }
            b'{' | b'[' => {
                let rest = value(from, 1)?;
                (from, rest, rest, if next == b'{' { Kind::Object } else { Kind::Array })
            }
            _ => {
                let (rest, kind) = scalar(from)?;
                (from, rest, rest, kind)
            }
        };
        if let Some(name) = name {
            let span = Span { start: at(start), end: at(end) };
            members
                .record(name, Value { kind, span })
                .map_err(|field| Stop { rest: key, broken: Some(ProtocolErrorKind::Duplicate(field)) })?;
        }
        (next, from, behind) = token(rest)?;
        match next {
            b',' => (next, from, behind) = token(behind)?,
            b'}' => return Ok(behind),
            _ => return Err(from.into()),
        }
    }
}

/// Any value, inside so many containers.
fn value(rest: Rest<'_>, containers: u32) -> Result<Rest<'_>, Stop<'_>> {
    let mut rest = rest;
    // The containers that were opened here, and a bit for each of them, the innermost lowest: set for an object.
    let mut depth = 0;
    let mut objects = 0_u32;
    // Whether the name of a member comes next, not a value.
    let mut name_is_next = false;
    loop {
        let (first, from, behind) = token(rest)?;
        rest = match first {
            b'"' => {
                let (quote, _) = string::scan(behind)?;
                if name_is_next {
                    name_is_next = false;
                    rest = colon(quote)?;
                    continue;
                }
                skip_quote(quote)
            }
            _ if name_is_next => return Err(from.into()),
            b'{' | b'[' => {
                if containers + depth == MAX_DEPTH {
                    return Err(Stop { rest: from, broken: Some(ProtocolErrorKind::Depth) });
                }
                depth += 1;
                objects = objects << 1 | u32::from(first == b'{');
                let (next, from, _) = token(behind)?;
                rest = from;
                if next != closer(objects) {
                    name_is_next = objects & 1 != 0;
                    continue;
                }
                rest
            }
            _ => scalar(from)?.0,
        };
        // A value has ended, and perhaps some containers with it; or an empty one is about to.
        loop {
            if depth == 0 {
                return Ok(rest);
            }
            let (next, from, behind) = token(rest)?;
            rest = behind;
            if next == b',' {
                name_is_next = objects & 1 != 0;
                break;
            }
            if next != closer(objects) {
                return Err(from.into());
            }
            depth -= 1;
            objects >>= 1;
        }
    }
}

/// The byte that ends the innermost container.
const fn closer(objects: u32) -> u8 {
    if objects & 1 != 0 { b'}' } else { b']' }
}

/// The next byte that is not white space, the rest from it on, and the rest behind it.
#[inline]
fn token(rest: Rest<'_>) -> Result<(u8, Rest<'_>, Rest<'_>), Rest<'_>> {
    let mut from = rest;
    while let Some((&byte, behind)) = from.split_first() {
        if byte > b' ' || !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            return Ok((byte, from, behind));
        }
        from = behind;
    }
    Err(from)
}

/// Nothing but white space.
fn end(rest: Rest<'_>) -> Result<(), Stop<'_>> {
    match token(rest) {
        Ok((_, from, _)) => Err(from.into()),
        Err(_) => Ok(()),
    }
}

/// From the closing quote of a name to its value.
fn colon(quote: Rest<'_>) -> Result<Rest<'_>, Rest<'_>> {
    match token(skip_quote(quote))? {
        (b':', _, behind) => Ok(behind),
        (_, from, _) => Err(from),
    }
}

fn skip_quote(rest: Rest<'_>) -> Rest<'_> {
    rest.get(1..).unwrap_or_default()
}

/// A number or a literal.
fn scalar(rest: Rest<'_>) -> Result<(Rest<'_>, Kind), Rest<'_>> {
    let (word, kind) = match rest.first() {
        Some(b't') => ("true", Kind::Boolean),
        Some(b'f') => ("false", Kind::Boolean),
        Some(b'n') => ("null", Kind::Null),
        _ => return number(rest).map(|rest| (rest, Kind::Number)),
    };
    let mut behind = rest;
    for expected in word.bytes() {
        behind = one(behind, |byte| byte == expected)?;
    }
    Ok((behind, kind))
}

/// `[ "-" ] int [ frac ] [ exp ]`, RFC 8259 section 6.
fn number(rest: Rest<'_>) -> Result<Rest<'_>, Rest<'_>> {
    let rest = one(rest, |byte| byte == b'-').unwrap_or(rest);
    let mut rest = match one(rest, |byte| byte == b'0') {
        Ok(behind) => behind,
        Err(rest) => digits(rest)?,
    };
    if let Ok(behind) = one(rest, |byte| byte == b'.') {
        rest = digits(behind)?;
    }
    if let Ok(behind) = one(rest, |byte| matches!(byte, b'e' | b'E')) {
        rest = digits(one(behind, |byte| matches!(byte, b'+' | b'-')).unwrap_or(behind))?;
    }
    Ok(rest)
}

/// One digit or more.
fn digits(rest: Rest<'_>) -> Result<Rest<'_>, Rest<'_>> {
    let mut rest = one(rest, |byte| byte.is_ascii_digit())?;
    while let Ok(behind) = one(rest, |byte| byte.is_ascii_digit()) {
        rest = behind;
    }
    Ok(rest)
}

/// Goes past the next byte, which must be one of these.
#[inline]
fn one(rest: Rest<'_>, is: impl Fn(u8) -> bool) -> Result<Rest<'_>, Rest<'_>> {
    match rest.split_first() {
        Some((&byte, behind)) if is(byte) => Ok(behind),
        _ => Err(rest),
    }
}
