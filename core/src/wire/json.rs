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

impl Fault {
    pub(super) const fn syntax(at: usize) -> Self {
        Self { kind: ProtocolErrorKind::Syntax, at }
    }

    pub(super) const fn incomplete(at: usize) -> Self {
        Self { kind: ProtocolErrorKind::Incomplete, at }
    }
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
    /// `null`, or no such member: the same to every reader here.
    Absent,
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
    pub(super) const fn is_string(self) -> bool {
        matches!(self.kind, Kind::Plain | Kind::Escaped)
    }
}

/// The members of the outermost object that have a [`Name`].
pub(super) struct Members {
    spans: [Span; Name::COUNT],
    kinds: [Kind; Name::COUNT],
    seen: u16,
}

impl Members {
    const NONE: Self =
        Self { spans: [Span { start: 0, end: 0 }; Name::COUNT], kinds: [Kind::Absent; Name::COUNT], seen: 0 };

    /// The value of a member; [`Kind::Absent`] if there is none.
    pub(super) fn value(&self, name: Name) -> Value {
        let index = name as usize;
        match (self.kinds.get(index), self.spans.get(index)) {
            (Some(&kind), Some(&span)) => Value { kind, span },
            _ => Value { kind: Kind::Absent, span: Span { start: 0, end: 0 } },
        }
    }

    /// Notes a key. The name to record its value by, if it is wanted.
    fn meet(&mut self, name: Name, at: usize) -> Result<Option<Name>, Fault> {
        let bit = 1 << (name as u16);
        let again = self.seen & bit != 0;
        self.seen |= bit;
        match name.field() {
            Some(field) if again => Err(Fault { kind: ProtocolErrorKind::Duplicate(field), at }),
            _ => Ok((!again).then_some(name)),
        }
    }

    fn record(&mut self, name: Name, value: Value) {
        let index = name as usize;
        if let (Some(kind), Some(span)) = (self.kinds.get_mut(index), self.spans.get_mut(index)) {
            *kind = value.kind;
            *span = value.span;
        }
    }
}

/// Scans a whole text that must be an object, and gives its members.
pub(super) fn members(text: &[u8]) -> Result<Members, Fault> {
    let mut members = Members::NONE;
    let kind = scan(text, Some(&mut members))?;
    if kind == Kind::Object {
        Ok(members)
    } else {
        Err(Fault { kind: ProtocolErrorKind::NotAnObject, at: 0 })
    }
}

/// Scans a whole text.
pub(super) fn check(text: &[u8]) -> Result<(), Fault> {
    scan(text, None).map(|_| ())
}

fn scan(text: &[u8], mut members: Option<&mut Members>) -> Result<Kind, Fault> {
    let mut scanner = Scanner { text, at: 0, depth: 0, objects: 0 };
    // The member of the outermost object whose value is being read, if it is wanted, and where that value began.
    let mut wanted: Option<Name> = None;
    let mut start = 0;
    if scanner.token().is_err() {
        return Err(Fault { kind: ProtocolErrorKind::Empty, at: scanner.at });
    }
    loop {
        // A value begins.
        let first = scanner.token()?;
        if scanner.depth <= 1 {
            start = scanner.at;
        }
        let mut kind = match first {
            b'"' => scanner.string()?,
            b'-' | b'0'..=b'9' => scanner.number()?,
            b'{' | b'[' => {
                scanner.open(first)?;
                if scanner.token()? != scanner.closer() {
                    if scanner.in_object() {
                        let key = scanner.key()?;
                        wanted = scanner.want(&key, &mut members)?;
                    }
                    continue;
                }
                scanner.close()
            }
            b't' => scanner.literal(b"true", Kind::Boolean)?,
            b'f' => scanner.literal(b"false", Kind::Boolean)?,
            b'n' => scanner.literal(b"null", Kind::Absent)?,
            _ => return Err(Fault::syntax(scanner.at)),
        };
        // A value has ended, perhaps the last one of one or more containers.
        loop {
            if scanner.depth == 0 {
                return match scanner.token() {
                    Ok(_) => Err(Fault::syntax(scanner.at)),
                    Err(_) => Ok(kind),
                };
            }
            if scanner.depth == 1
                && let (Some(name), Some(members)) = (wanted.take(), members.as_deref_mut())
            {
                let quote = usize::from(matches!(kind, Kind::Plain | Kind::Escaped));
                let span = Span { start: start.saturating_add(quote), end: scanner.at.saturating_sub(quote) };
                members.record(name, Value { kind, span });
            }
            let next = scanner.token()?;
            if next == b',' {
                scanner.at += 1;
                if scanner.in_object() {
                    let key = scanner.key()?;
                    wanted = scanner.want(&key, &mut members)?;
                }
                break;
            }
            if next != scanner.closer() {
                return Err(Fault::syntax(scanner.at));
            }
            kind = scanner.close();
        }
    }
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    /// Containers that are open.
    depth: u32,
    /// One bit for each of them, the innermost lowest: set for an object.
    objects: u32,
}

/// The key of a member, without quotes.
struct Key {
    span: Span,
    escaped: bool,
}

impl Scanner<'_> {
    /// The next byte that is not white space. It stays the next one.
    fn token(&mut self) -> Result<u8, Fault> {
        while let Some(&byte) = self.text.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Ok(byte);
            }
            self.at += 1;
        }
        Err(Fault::incomplete(self.at))
    }

    const fn in_object(&self) -> bool {
        self.objects & 1 != 0
    }

    /// The byte that ends the innermost container.
    const fn closer(&self) -> u8 {
        if self.in_object() { b'}' } else { b']' }
    }

    fn open(&mut self, opener: u8) -> Result<(), Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault { kind: ProtocolErrorKind::Depth, at: self.at });
        }
        self.depth += 1;
        self.objects = (self.objects << 1) | u32::from(opener == b'{');
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) -> Kind {
        let kind = if self.in_object() { Kind::Object } else { Kind::Array };
        self.depth = self.depth.saturating_sub(1);
        self.objects >>= 1;
        self.at += 1;
        kind
    }

    fn string(&mut self) -> Result<Kind, Fault> {
        let (end, escaped) = string::scan(self.text, self.at + 1)?;
        self.at = end + 1;
        Ok(if escaped { Kind::Escaped } else { Kind::Plain })
    }

    /// A member up to its value: key and colon.
    fn key(&mut self) -> Result<Key, Fault> {
        if self.token()? != b'"' {
            return Err(Fault::syntax(self.at));
        }
        let start = self.at + 1;
        let (end, escaped) = string::scan(self.text, start)?;
        self.at = end + 1;
        if self.token()? != b':' {
            return Err(Fault::syntax(self.at));
        }
        self.at += 1;
        Ok(Key { span: Span { start, end }, escaped })
    }

    /// The name to record the value of this key by, if it is a wanted member of the outermost object.
    fn want(&self, key: &Key, members: &mut Option<&mut Members>) -> Result<Option<Name>, Fault> {
        if self.depth == 1
            && let Some(members) = members.as_deref_mut()
            && let Some(name) = Name::of(key.span.of(self.text), key.escaped)
        {
            return members.meet(name, key.span.start);
        }
        Ok(None)
    }

    fn literal(&mut self, word: &[u8], kind: Kind) -> Result<Kind, Fault> {
        for expected in word {
            match self.text.get(self.at) {
                Some(byte) if byte == expected => self.at += 1,
                Some(_) => return Err(Fault::syntax(self.at)),
                None => return Err(Fault::incomplete(self.at)),
            }
        }
        Ok(kind)
    }

    /// `[ "-" ] int [ frac ] [ exp ]`, RFC 8259 section 6.
    fn number(&mut self) -> Result<Kind, Fault> {
        if self.text.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        if self.text.get(self.at) == Some(&b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.text.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Kind::Number)
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), Fault> {
        match self.text.get(self.at) {
            Some(b'0'..=b'9') => {}
            Some(_) => return Err(Fault::syntax(self.at)),
            None => return Err(Fault::incomplete(self.at)),
        }
        while let Some(b'0'..=b'9') = self.text.get(self.at) {
            self.at += 1;
        }
        Ok(())
    }
}
