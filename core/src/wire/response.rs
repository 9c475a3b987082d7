//! The response of the token endpoint, RFC 6749 section 5.
//!
//! The body is scanned whole (`json` has the rules of that), then these decide:
//!
//! | Status and body | Outcome |
//! |---|---|
//! | not 2xx, whatever the body: a token, HTML, half, nothing | [`Refusal`](super::Refusal), by `error` if it can be read, else by status |
//! | 2xx, `error` is a string | [`Refusal`](super::Refusal), also beside an `access_token` |
//! | 2xx, `error` is of another type, or empty | [`ProtocolErrorKind::Invalid`] |
//! | 2xx, no JSON object | [`ProtocolErrorKind::Empty`], `Incomplete`, `Syntax`, `Depth`, `NotAnObject` |
//! | a member of [`Field`] twice | [`ProtocolErrorKind::Duplicate`], even if both are the same or null |
//! | a member is null | as if it were absent |
//! | `access_token` absent | [`ProtocolErrorKind::Missing`] |
//! | `access_token` empty, no string, or with characters outside `b64token` (RFC 6750 section 2.1) | [`ProtocolErrorKind::Invalid`] |
//! | `token_type` absent | [`ProtocolErrorKind::Missing`]: it is REQUIRED (section 5.1), and what cannot be used as a bearer token must not be |
//! | `token_type` no string | [`ProtocolErrorKind::Invalid`] |
//! | `token_type` other than `bearer` in any case | [`ProtocolErrorKind::TokenType`] |
//! | `expires_in` an integer: `86399`, `86399.0`, `8.6399e4`, `"86399"` | so many seconds, at most 38,880,000 |
//! | `expires_in` zero, absent | [`Duration::ZERO`]: the service promises no lifetime |
//! | `expires_in` with a minus sign, with a fraction, any other string or type | [`ProtocolErrorKind::Invalid`] |
//! | `scope` a string, or an array of strings | the text; strings of an array are joined by single spaces, empty ones left out |
//! | `scope` with control characters, any other type | [`ProtocolErrorKind::Invalid`] |
//! | `refresh_token` with characters other than visible ASCII and spaces (appendix A.17), or no string | [`ProtocolErrorKind::Invalid`] |
//! | `scope`, `refresh_token` empty | as if absent |
//! | any other member | checked as JSON, ignored |

use core::fmt;

use super::failure::{ExchangeError, Field, ProtocolError, ProtocolErrorKind};
use super::json::{self, Fault, Kind, Members, Name, Span, Value};
use super::refusal::Refusal;
use super::wiped::Wiped;
use super::{ResponseHead, string, value};
use crate::text::Quoted;
use crate::time::Duration;

/// A successful response. Borrows the body, in which escapes were decoded in place; drop wipes the body.
pub struct TokenResponse<'b> {
    body: Wiped<'b>,
    fields: Fields,
}

/// What a successful response holds, and where.
struct Fields {
    access_token: Span,
    token_type: Span,
    refresh_token: Option<Span>,
    scope: Option<Span>,
    expires_in: Option<u32>,
}

impl TokenResponse<'_> {
    /// The access token: `b64token` characters only (RFC 6750 section 2.1), not empty. Mind where it goes.
    #[must_use]
    pub fn access_token(&self) -> &str {
        self.text(self.fields.access_token)
    }

    /// The token type as the service spells it: `bearer` in some mixture of cases.
    #[must_use]
    pub fn token_type(&self) -> &str {
        self.text(self.fields.token_type)
    }

    /// The lifetime granted, in whole seconds, capped at 450 days; zero if the service gave none.
    #[must_use]
    pub const fn expires_in(&self) -> Duration {
        match self.fields.expires_in {
            Some(seconds) => Duration::from_secs(seconds as u64),
            None => Duration::ZERO,
        }
    }

    /// Whether the service named a lifetime at all. One of zero is named, and promises as little as none.
    #[must_use]
    pub const fn names_expires_in(&self) -> bool {
        self.fields.expires_in.is_some()
    }

    /// The scope granted, space-separated, if the service gave one. Text without control characters.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.fields.scope.map(|span| self.text(span))
    }

    /// The refresh token, if the service gave one: visible ASCII and spaces, not empty. Mind where it goes.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.fields.refresh_token.map(|span| self.text(span))
    }

    fn text(&self, span: Span) -> &str {
        // Only spans of checked text are kept, so the fallback is never taken.
        core::str::from_utf8(span.of(&self.body)).unwrap_or_default()
    }
}

/// Without the tokens.
impl fmt::Debug for TokenResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("access_token", &format_args!("[redacted]"))
            .field("expires_in", &self.expires_in())
            .field("scope", &self.scope().map(Quoted))
            .field("refresh_token", &self.fields.refresh_token.map(|_| format_args!("[redacted]")))
            .finish_non_exhaustive()
    }
}

/// Reads a whole response of the token endpoint. `body` is wiped on every error, and on drop of the result.
///
/// The body alone decides: its `Content-Type` is not looked at. Time is linear in the length of the body, stack use does
/// not depend on it.
///
/// # Errors
/// [`ExchangeError::Refused`] if the service said no, [`ExchangeError::Protocol`] if a response of status 2xx is not
/// legal. The [module](self) lists every case.
pub fn parse_token_response<'b>(
    head: &ResponseHead,
    body: &'b mut [u8],
) -> Result<TokenResponse<'b>, ExchangeError> {
    let mut body = Wiped(body);
    let mut members = Members::NONE;
    let scanned = json::members(&body, &mut members);
    let is_success = (200..300).contains(&head.status()) && members.value(Name::Error).is_absent();
    if !is_success || scanned.is_err() {
        return Err(no_token(head, &body, scanned.map(|()| &members)));
    }
    match Fields::read(&mut body, &members) {
        Ok(fields) => Ok(TokenResponse { body, fields }),
        Err((kind, field)) => {
            let missing = matches!(kind, ProtocolErrorKind::Missing(_));
            let offset = if missing { body.len() } else { members.value(field).span.start };
            Err(ProtocolError { kind, status: head.status(), offset }.into())
        }
    }
}

/// A status other than 2xx, an `error`, or no legal JSON.
#[cold]
fn no_token(head: &ResponseHead, body: &[u8], scanned: Result<&Members, Fault>) -> ExchangeError {
    let status = head.status();
    let members = match scanned {
        Ok(members) => members,
        Err(Fault { kind, at: offset }) if (200..300).contains(&status) => {
            return ProtocolError { kind, status, offset }.into();
        }
        Err(_) => return Refusal::of_token_endpoint(head, body, None).into(),
    };
    let error = members.value(Name::Error);
    if (200..300).contains(&status) && (!error.is_string() || error.span.is_empty()) {
        let kind = ProtocolErrorKind::Invalid(Field::Error);
        return ProtocolError { kind, status, offset: error.span.start }.into();
    }
    Refusal::of_token_endpoint(head, body, Some(members)).into()
}

/// What is wrong, and with which member.
type Wrong = (ProtocolErrorKind, Name);

impl Fields {
    fn read(body: &mut [u8], members: &Members) -> Result<Self, Wrong> {
        let access_token = required(body, members, Name::AccessToken, Field::AccessToken)?;
        if !value::is_b64token(access_token.of(body), members.token_run) {
            return Err((ProtocolErrorKind::Invalid(Field::AccessToken), Name::AccessToken));
        }
        let token_type = required(body, members, Name::TokenType, Field::TokenType)?;
        if !value::is_bearer(token_type.of(body)) {
            return Err((ProtocolErrorKind::TokenType, Name::TokenType));
        }
        Ok(Self {
            access_token,
            token_type,
            expires_in: optional(members, Name::ExpiresIn, Field::ExpiresIn, |value| seconds(body, value))?,
            scope: optional(members, Name::Scope, Field::Scope, |value| scope(body, value))?
                .filter(|span| !span.is_empty()),
            refresh_token: optional(members, Name::RefreshToken, Field::RefreshToken, |value| {
                refresh_token(body, value)
            })?
            .filter(|span| !span.is_empty()),
        })
    }
}

fn required(body: &mut [u8], members: &Members, name: Name, field: Field) -> Result<Span, Wrong> {
    let value = members.value(name);
    if value.is_absent() {
        return Err((ProtocolErrorKind::Missing(field), name));
    }
    string(body, value).filter(|span| !span.is_empty()).ok_or((ProtocolErrorKind::Invalid(field), name))
}

/// What `read` makes of a member, if there is one.
fn optional<T>(
    members: &Members,
    name: Name,
    field: Field,
    read: impl FnOnce(Value) -> Option<T>,
) -> Result<Option<T>, Wrong> {
    let value = members.value(name);
    if value.is_absent() {
        return Ok(None);
    }
    read(value).map(Some).ok_or((ProtocolErrorKind::Invalid(field), name))
}

/// Where the decoded text of a string is.
fn string(body: &mut [u8], Value { kind, span: Span { start, end } }: Value) -> Option<Span> {
    match kind {
        Kind::Plain => Some(Span { start, end }),
        Kind::Escaped => {
            let (_, end) = string::decode_in_place(body, start, start);
            Some(Span { start, end })
        }
        _ => None,
    }
}

fn seconds(body: &mut [u8], value: Value) -> Option<u32> {
    if value.kind == Kind::Number {
        return value::seconds_from_number(value.span.of(body));
    }
    string(body, value).and_then(|digits| value::seconds_from_digits(digits.of(body)))
}

fn refresh_token(body: &mut [u8], value: Value) -> Option<Span> {
    string(body, value).filter(|token| value::is_refresh_token(token.of(body)))
}

fn scope(body: &mut [u8], value: Value) -> Option<Span> {
    let scope = if value.kind == Kind::Array { join(body, value.span) } else { string(body, value) };
    scope.filter(|scope| value::is_scope(scope.of(body)))
}

/// Joins the strings of a checked array by single spaces, in its own place. `None` if it holds anything else.
///
/// Between two strings stand three bytes at least, so a space always finds room.
fn join(body: &mut [u8], array: Span) -> Option<Span> {
    let mut to = array.start;
    let mut from = array.start + 1;
    loop {
        match body.get(from)? {
            b'"' => {
                let is_empty = body.get(from + 1) == Some(&b'"');
                if to > array.start && !is_empty {
                    string::put(body, &mut to, b" ");
                }
                (from, to) = string::decode_in_place(body, from + 1, to);
                from += 1;
            }
            b' ' | b'\t' | b'\n' | b'\r' | b',' => from += 1,
            b']' => break,
            _ => return None,
        }
    }
    Some(Span { start: array.start, end: to })
}
