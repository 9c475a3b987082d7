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
use super::json::{self, Kind, Members, Name, Span, Value};
use super::refusal::Refusal;
use super::wiped::Wiped;
use super::{ResponseHead, string, value};
use crate::time::Duration;

/// A successful response. Borrows the body, in which escapes were decoded in place; drop wipes the body.
pub struct TokenResponse<'b> {
    body: Wiped<'b>,
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
        self.text(self.access_token)
    }

    /// The token type as the service spells it: `bearer` in some mixture of cases.
    #[must_use]
    pub fn token_type(&self) -> &str {
        self.text(self.token_type)
    }

    /// The lifetime granted, in whole seconds, capped at 450 days; zero if the service gave none.
    #[must_use]
    pub const fn expires_in(&self) -> Duration {
        match self.expires_in {
            Some(seconds) => Duration::from_secs(seconds as u64),
            None => Duration::ZERO,
        }
    }

    /// Whether the service named a lifetime at all. One of zero is named, and promises as little as none.
    #[must_use]
    pub const fn names_expires_in(&self) -> bool {
        self.expires_in.is_some()
    }

    /// The scope granted, space-separated, if the service gave one. Text without control characters.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.map(|span| self.text(span))
    }

    /// The refresh token, if the service gave one: visible ASCII and spaces, not empty. Mind where it goes.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.map(|span| self.text(span))
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
            .field("scope", &self.scope())
            .field("refresh_token", &self.refresh_token.map(|_| format_args!("[redacted]")))
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
    let body = Wiped(body);
    let status = head.status();
    let scanned = json::members(&body);
    if !(200..300).contains(&status) {
        return Err(Refusal::of_token_endpoint(head, &body, scanned.ok().as_ref()).into());
    }
    let protocol_error = |kind, offset| ProtocolError { kind, status, offset };
    let members = scanned.map_err(|fault| protocol_error(fault.kind, fault.at))?;
    let error = members.value(Name::Error);
    if error.kind != Kind::Absent {
        if !error.is_string() || error.span.is_empty() {
            let kind = ProtocolErrorKind::Invalid(Field::Error);
            return Err(protocol_error(kind, error.span.start).into());
        }
        return Err(Refusal::of_token_endpoint(head, &body, Some(&members)).into());
    }
    read(body, &members).map_err(|(kind, offset)| protocol_error(kind, offset).into())
}

/// The fields of a successful response; what is wrong and where.
fn read<'b>(mut body: Wiped<'b>, members: &Members) -> Result<TokenResponse<'b>, (ProtocolErrorKind, usize)> {
    let body_mut = &mut *body;
    let access_token = required(body_mut, members.value(Name::AccessToken), Field::AccessToken)?;
    if !value::is_b64token(access_token.of(body_mut)) {
        return Err((ProtocolErrorKind::Invalid(Field::AccessToken), access_token.start));
    }
    let token_type = required(body_mut, members.value(Name::TokenType), Field::TokenType)?;
    if !value::is_bearer(token_type.of(body_mut)) {
        return Err((ProtocolErrorKind::TokenType, token_type.start));
    }
    let refresh_token = string(body_mut, members.value(Name::RefreshToken), Field::RefreshToken)?;
    let scope = scope(body_mut, members.value(Name::Scope))?;
    let expires_in = expires_in(body_mut, members.value(Name::ExpiresIn))?;
    if let Some(span) = refresh_token
        && !value::is_refresh_token(span.of(body_mut))
    {
        return Err((ProtocolErrorKind::Invalid(Field::RefreshToken), span.start));
    }
    Ok(TokenResponse { body, access_token, token_type, refresh_token, scope, expires_in })
}

fn required(body: &mut [u8], value: Value, field: Field) -> Result<Span, (ProtocolErrorKind, usize)> {
    if value.kind == Kind::Absent {
        return Err((ProtocolErrorKind::Missing(field), body.len()));
    }
    string(body, value, field)?.ok_or((ProtocolErrorKind::Invalid(field), value.span.start))
}

/// Where the decoded text of a string is; `None` if there is none, or an empty one.
fn string(
    body: &mut [u8],
    Value { kind, mut span }: Value,
    field: Field,
) -> Result<Option<Span>, (ProtocolErrorKind, usize)> {
    match kind {
        Kind::Absent => return Ok(None),
        Kind::Plain => {}
        Kind::Escaped => span.end = string::decode_in_place(body, span.start, span.end, span.start),
        _ => return Err((ProtocolErrorKind::Invalid(field), span.start)),
    }
    Ok((!span.is_empty()).then_some(span))
}

fn scope(body: &mut [u8], value: Value) -> Result<Option<Span>, (ProtocolErrorKind, usize)> {
    let invalid = (ProtocolErrorKind::Invalid(Field::Scope), value.span.start);
    let span = if value.kind == Kind::Array {
        join(body, value.span).ok_or(invalid)?
    } else {
        match string(body, value, Field::Scope)? {
            Some(span) => span,
            None => return Ok(None),
        }
    };
    if !value::is_scope(span.of(body)) {
        return Err(invalid);
    }
    Ok((!span.is_empty()).then_some(span))
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
                let (end, _) = string::scan(body, from + 1).ok()?;
                if to > array.start && end > from + 1 {
                    string::put(body, &mut to, b' ');
                }
                to = string::decode_in_place(body, from + 1, end, to);
                from = end + 1;
            }
            b' ' | b'\t' | b'\n' | b'\r' | b',' => from += 1,
            b']' => break,
            _ => return None,
        }
    }
    Some(Span { start: array.start, end: to })
}

fn expires_in(body: &mut [u8], value: Value) -> Result<Option<u32>, (ProtocolErrorKind, usize)> {
    let seconds = match value.kind {
        Kind::Absent => return Ok(None),
        Kind::Number => value::seconds_from_number(value.span.of(body)),
        Kind::Plain | Kind::Escaped => {
            string(body, value, Field::ExpiresIn)?.and_then(|span| value::seconds_from_digits(span.of(body)))
        }
        _ => None,
    };
    seconds.map(Some).ok_or((ProtocolErrorKind::Invalid(Field::ExpiresIn), value.span.start))
}
