//! The response of the token endpoint, RFC 6749 section 5.
//!
//! The body is scanned whole (`json` has the rules of that), then these decide:
//!
//! | Status and body | Outcome |
//! |---|---|
//! | not 2xx, whatever the body: a token, HTML, half, nothing | [`Refusal`], by `error` if it can be read, else by status |
//! | 2xx, `error` is a string | [`Refusal`], also beside an `access_token` |
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
use super::json::{self, Fault, Members, Names, Span};
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

/// The members that mean something in a successful response. The first one must be the token.
const NAMES: Names = [
    ("access_token", Some(Field::AccessToken)),
    ("token_type", Some(Field::TokenType)),
    ("expires_in", Some(Field::ExpiresIn)),
    ("scope", Some(Field::Scope)),
    ("refresh_token", Some(Field::RefreshToken)),
    ("error", Some(Field::Error)),
];
/// Indices of [`NAMES`].
const ACCESS_TOKEN: usize = 0;
const TOKEN_TYPE: usize = 1;
const EXPIRES_IN: usize = 2;
const SCOPE: usize = 3;
const REFRESH_TOKEN: usize = 4;
const ERROR: usize = 5;

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
    pub fn expires_in(&self) -> Duration {
        Duration::from_secs(u64::from(self.fields.expires_in.unwrap_or(0)))
    }

    /// Whether the service named a lifetime at all. One of zero is named, and promises as little as none.
    #[must_use]
    pub const fn names_expires_in(&self) -> bool {
        self.fields.expires_in.is_some()
    }

    /// The scope granted, space-separated, if the service gave one. Text without control characters.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        Some(self.text(self.fields.scope)).filter(|scope| !scope.is_empty())
    }

    /// The refresh token, if the service gave one: visible ASCII and spaces, not empty. Mind where it goes.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        Some(self.text(self.fields.refresh_token)).filter(|token| !token.is_empty())
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
            .field("refresh_token", &self.refresh_token().map(|_| format_args!("[redacted]")))
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
    if !(200..300).contains(&status) {
        return refused(head, &body);
    }
    let error = |kind, offset| Err(ProtocolError { kind, status, offset }.into());
    let mut members = Members::none(&NAMES);
    if let Err(Fault { kind, at }) = json::members(&body, &mut members) {
        return error(kind, at);
    }
    let said_no = members.value(ERROR);
    if !said_no.is_absent() {
        if said_no.is_string() && !said_no.span.is_empty() {
            return refused(head, &body);
        }
        return error(ProtocolErrorKind::Invalid(Field::Error), said_no.span.start);
    }
    TokenResponse::read(status, body, &members)
}

#[cold]
#[inline(never)]
fn refused<'b>(head: &ResponseHead, body: &[u8]) -> Result<TokenResponse<'b>, ExchangeError> {
    Err(ExchangeError::Refused(Refusal::of_token_endpoint(head, body)))
}

/// What is wrong, and with which member.
type Wrong = (ProtocolErrorKind, usize);

impl<'b> TokenResponse<'b> {
    /// A function of its own, so that scanning has the stack to itself.
    #[inline(never)]
    fn read(status: u16, mut body: Wiped<'b>, members: &Members) -> Result<Self, ExchangeError> {
        match Fields::read(&mut body, members) {
            Ok(fields) => Ok(Self { body, fields }),
            Err((kind, index)) => {
                let missing = matches!(kind, ProtocolErrorKind::Missing(_));
                let offset = if missing { body.len() } else { members.value(index).span.start };
                Err(ProtocolError { kind, status, offset }.into())
            }
        }
    }
}

/// What a successful response holds, and where.
struct Fields {
    access_token: Span,
    token_type: Span,
    /// Empty if there is none.
    scope: Span,
    /// Empty if there is none.
    refresh_token: Span,
    expires_in: Option<u32>,
}

impl Fields {
    fn read(body: &mut [u8], members: &Members) -> Result<Self, Wrong> {
        let access_token = string(body, members, ACCESS_TOKEN, |_| true)?;
        if !value::is_b64token(access_token.of(body), members.token_run) {
            return Err((ProtocolErrorKind::Invalid(Field::AccessToken), ACCESS_TOKEN));
        }
        let token_type = string(body, members, TOKEN_TYPE, |_| true)?;
        if !value::is_bearer(token_type.of(body)) {
            return Err((ProtocolErrorKind::TokenType, TOKEN_TYPE));
        }
        let scope = string(body, members, SCOPE, value::is_scope)?;
        let refresh_token = string(body, members, REFRESH_TOKEN, value::is_refresh_token)?;
        let expires_in = members.value(EXPIRES_IN);
        let expires_in = if expires_in.is_absent() {
            None
        } else {
            let is_number = expires_in.is_number();
            let span = if is_number {
                expires_in.span
            } else {
                string(body, members, EXPIRES_IN, value::is_digits)?
            };
            let seconds = value::seconds_from_number(span.of(body));
            Some(seconds.ok_or((ProtocolErrorKind::Invalid(Field::ExpiresIn), EXPIRES_IN))?)
        };
        Ok(Self { access_token, token_type, scope, refresh_token, expires_in })
    }
}

/// Where the decoded text of a member is; an empty span if the member is absent and may be.
fn string(
    body: &mut [u8],
    members: &Members,
    index: usize,
    is_legal: fn(&[u8]) -> bool,
) -> Result<Span, Wrong> {
    let field = NAMES.get(index).and_then(|(_, field)| *field).unwrap_or(Field::Error);
    let value = members.value(index);
    if value.is_absent() {
        let required = index == ACCESS_TOKEN || index == TOKEN_TYPE;
        return if required { Err((ProtocolErrorKind::Missing(field), index)) } else { Ok(Span::EMPTY) };
    }
    let mut span = value.span;
    let decoded = if value.is_escaped() {
        Some(string::decode_in_place(body, span.start, span.start).1)
    } else if value.is_array() && index == SCOPE {
        join(body, span.start)
    } else {
        value.is_string().then_some(span.end)
    };
    if let Some(end) = decoded {
        span.end = end;
        if is_legal(span.of(body)) {
            return Ok(span);
        }
    }
    Err((ProtocolErrorKind::Invalid(field), index))
}

/// Joins the strings of a checked array by single spaces, in its own place, which begins at `start`. Gives the end of the
/// result; `None` if there is anything else in the array.
///
/// Between two strings stand three bytes at least, so a space always finds room.
fn join(body: &mut [u8], start: usize) -> Option<usize> {
    let mut to = start;
    let mut from = start + 1;
    loop {
        match body.get(from)? {
            b'"' => {
                let is_empty = body.get(from + 1) == Some(&b'"');
                if to > start && !is_empty {
                    string::put(body, &mut to, b" ");
                }
                (from, to) = string::decode_in_place(body, from + 1, to);
            }
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {}
            b']' => return Some(to),
            _ => return None,
        }
        from += 1;
    }
}
