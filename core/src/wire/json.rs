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
use super::{string, word};

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
    /// How each is spelt, in the order of the variants.
    const SPELLINGS: [&'static str; Self::COUNT] = [
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "error",
        "error_description",
        "description",
        "message",
        "code",
        "contextId",
    ];
    const LONGEST: usize = "error_description".len();

    /// The name that a key spells, without escapes.
    fn of(key: &[u8]) -> Option<Self> {
        // Length and last letter leave one candidate.
        let candidate = match (key.len(), key.last()?) {
            (12, _) => Self::AccessToken,
            (10, b'e') => Self::TokenType,
            (10, _) => Self::ExpiresIn,
            (13, _) => Self::RefreshToken,
            (5, b'e') => Self::Scope,
            (5, _) => Self::Error,
            (17, _) => Self::ErrorDescription,
            (11, _) => Self::Description,
            (7, _) => Self::Message,
            (4, _) => Self::Code,
            (9, _) => Self::ContextId,
            _ => return None,
        };
        let spelling = Self::SPELLINGS.get(candidate as usize)?;
        (spelling.as_bytes() == key).then_some(candidate)
    }

    /// The same for a key with escapes.
    #[cold]
    fn of_escaped(key: &[u8]) -> Option<Self> {
        let mut spelling = [0; Self::LONGEST];
        let mut length = 0;
        for byte in string::Ascii::escaped(key) {
            *spelling.get_mut(length)? = byte;
            length += 1;
        }
        Self::of(spelling.get(..length)?)
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

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is no such member.
    Absent,
    Null,
    Boolean,
    Number,
    /// A string that stands there as it is.
    Plain,
    /// A string with escapes, perhaps.
    Escaped,
    Array,
    Object,
}

impl Kind {
    /// Of the value that begins with this byte; if that is a string, it is `plain`, or not.
    const fn new(first: u8, plain: bool) -> Self {
        match first {
            b'"' if plain => Self::Plain,
            b'"' => Self::Escaped,
            b'{' => Self::Object,
            b'[' => Self::Array,
            b't' | b'f' => Self::Boolean,
            b'n' => Self::Null,
            _ => Self::Number,
        }
    }
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
    /// At least so many bytes at the beginning of the access token are legal: see [`word::token_run`].
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

/// Scans a whole text that must be an object, and fills in its members.
pub(super) fn members(text: &[u8], members: &mut Members) -> Result<(), Fault> {
    let mut scanner = Scanner::new(text);
    let start = scanner.skip_space(0);
    let is_object = scanner.byte(start) == b'{';
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
    /// Whether the last string was ordinary all through: see [`word::skip_ordinary`].
    plain: bool,
    /// Whether there was anything but ASCII.
    beyond_ascii: bool,
    /// The rule that was broken, if it is none of the grammar.
    broken: Option<ProtocolErrorKind>,
}

/// Functions that read take the offset to begin at and give the one behind what they read, or as error the offset of what
/// cannot be accepted.
impl<'t> Scanner<'t> {
    const fn new(text: &'t [u8]) -> Self {
        Self { text, plain: false, beyond_ascii: false, broken: None }
    }

    /// What a scan that ended so has found.
    fn whole(&self, end: Result<usize, usize>) -> Result<(), Fault> {
        // Nothing may follow the value but white space.
        let mut outcome = match end.map(|end| self.skip_space(end)) {
            Ok(end) if end < self.text.len() => Err(end),
            Ok(_) => Ok(()),
            Err(at) => Err(at),
        };
        let mut broken = self.broken;
        if self.beyond_ascii
            && let Err(error) = core::str::from_utf8(self.text)
        {
            // A character that is cut can be completed; what cannot be accepted is the end.
            let at = if error.error_len().is_some() { error.valid_up_to() } else { self.text.len() };
            if outcome.is_ok() || outcome.is_err_and(|earlier| at < earlier) {
                (outcome, broken) = (Err(at), None);
            }
        }
        outcome.map_err(|at| self.fault(at, broken))
    }

    #[cold]
    fn fault(&self, at: usize, broken: Option<ProtocolErrorKind>) -> Fault {
        let of_grammar = if at < self.text.len() {
            ProtocolErrorKind::Syntax
        } else if self.skip_space(0) == at {
            ProtocolErrorKind::Empty
        } else {
            ProtocolErrorKind::Incomplete
        };
        Fault { kind: broken.unwrap_or(of_grammar), at }
    }

    /// The byte there; at the end 0, which is accepted nowhere.
    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    #[inline]
    fn skip_space(&self, at: usize) -> usize {
        let mut at = at;
        while matches!(self.byte(at), b' ' | b'\t' | b'\n' | b'\r') {
            at += 1;
        }
        at
    }

    /// The outermost object, from behind its brace. Its members are told apart, what is inside them is not.
    fn object(&mut self, at: usize, members: &mut Members) -> Result<usize, usize> {
        let mut at = self.skip_space(at);
        if self.byte(at) == b'}' {
            return Ok(at + 1);
        }
        loop {
            let key = self.quote(at)?;
            let end = self.string(key)?;
            let name = Span { start: key, end }.of(self.text);
            let name = if self.plain { Name::of(name) } else { Name::of_escaped(name) };
            let value = self.colon(end)?;
            let first = self.byte(value);
            let (span, behind) = if first == b'"' {
                let start = value + 1;
                let mut from = start;
                if let Some(Name::AccessToken) = name {
                    members.token_run = word::token_run(self.text.get(start..).unwrap_or_default());
                    from += members.token_run;
                }
                let end = self.string(from)?;
                (Span { start, end }, end + 1)
            } else {
                let end =
                    if matches!(first, b'{' | b'[') { self.value(value, 1)? } else { self.scalar(value)? };
                (Span { start: value, end }, end)
            };
            if let Some(name) = name {
                let kind = Kind::new(first, self.plain);
                members.record(name, Value { kind, span }).map_err(|field| {
                    self.broken = Some(ProtocolErrorKind::Duplicate(field));
                    key
                })?;
            }
            at = self.skip_space(behind);
            match self.byte(at) {
                b',' => at = self.skip_space(at + 1),
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
            at = self.skip_space(at);
            let first = self.byte(at);
            if first == b'"' {
                at = self.string(at + 1)?;
                if name_is_next {
                    name_is_next = false;
                    at = self.colon(at)?;
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
                at = self.skip_space(at + 1);
                if self.byte(at) != closer(objects) {
                    name_is_next = objects & 1 != 0;
                    continue;
                }
            } else {
                at = self.scalar(at)?;
            }
            // A value has ended, and perhaps some containers with it; or an empty one is about to.
            loop {
                if depth == 0 {
                    return Ok(at);
                }
                at = self.skip_space(at);
                let next = self.byte(at);
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

    /// An opening quote.
    fn quote(&self, at: usize) -> Result<usize, usize> {
        if self.byte(at) == b'"' { Ok(at + 1) } else { Err(at) }
    }

    /// From the closing quote of a name to its value.
    fn colon(&self, quote: usize) -> Result<usize, usize> {
        let at = self.skip_space(quote + 1);
        if self.byte(at) == b':' { Ok(self.skip_space(at + 1)) } else { Err(at) }
    }

    /// From the inside of a string to its closing quote.
    #[inline]
    fn string(&mut self, at: usize) -> Result<usize, usize> {
        let end = word::skip_ordinary(self.text, at);
        self.plain = self.byte(end) == b'"';
        if self.plain { Ok(end) } else { self.string_further(end) }
    }

    /// The same for strings that are not all ordinary.
    fn string_further(&mut self, at: usize) -> Result<usize, usize> {
        let mut at = at;
        loop {
            match self.byte(at) {
                b'"' => return Ok(at),
                b'\\' => (_, at) = string::escape(self.text, at)?,
                0x20.. => {
                    self.beyond_ascii |= self.byte(at) >= 0x80;
                    at += 1;
                }
                _ => return Err(at),
            }
            at = word::skip_ordinary(self.text, at);
        }
    }

    /// A number or a literal.
    fn scalar(&self, at: usize) -> Result<usize, usize> {
        let word = match self.byte(at) {
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
        let mut at = at;
        if self.byte(at) == b'-' {
            at += 1;
        }
        at = if self.byte(at) == b'0' { at + 1 } else { self.digits(at)? };
        if self.byte(at) == b'.' {
            at = self.digits(at + 1)?;
        }
        if matches!(self.byte(at), b'e' | b'E') {
            at += 1;
            if matches!(self.byte(at), b'+' | b'-') {
                at += 1;
            }
            at = self.digits(at)?;
        }
        Ok(at)
    }

    /// One digit or more.
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
