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
use super::json::{self, Fault, Names, Span, Value, Values};
use super::refusal::{self, Refusal};
use super::run::{Class, DIGITS, TEXT, TOKEN, VISIBLE, is_all};
use super::wiped::Wiped;
use super::{ResponseHead, string, value};
use crate::text::Quoted;
use crate::time::Duration;

/// A successful response. Borrows the body, in which escapes were decoded in place; drop wipes the body.
pub struct TokenResponse<'b> {
    body: Wiped<'b>,
    access_token: Span,
    token_type: Span,
    /// Empty if there is none.
    scope: Span,
    /// Empty if there is none.
    refresh_token: Span,
    expires_in: Option<u32>,
}

/// The members that mean something in a successful response.
const NAMES: Names = Names {
    all: &["access_token", "token_type", "expires_in", "scope", "refresh_token", "error"],
    once: &FIELDS,
    token: 0,
};
const FIELDS: [Field; 6] =
    [Field::AccessToken, Field::TokenType, Field::ExpiresIn, Field::Scope, Field::RefreshToken, Field::Error];
/// What those of a successful response are made of.
const CLASSES: [Class; 5] = [TOKEN, ANY, DIGITS, TEXT, VISIBLE];
/// Any string.
const ANY: Class = 0;

impl TokenResponse<'_> {
    /// The access token: `b64token` characters only (RFC 6750 section 2.1), not empty. Mind where it goes.
    #[must_use]
    pub fn access_token(&self) -> &str {
        self.text(self.access_token)
    }

    /// The bytes of the access token, for what does not need to know that they are text: an `Authorization` header.
    #[must_use]
    pub fn access_token_bytes(&self) -> &[u8] {
        self.access_token.of(&self.body)
    }

    /// The token type as the service spells it: `bearer` in some mixture of cases.
    #[must_use]
    pub fn token_type(&self) -> &str {
        self.text(self.token_type)
    }

    /// The lifetime granted, in whole seconds, capped at 450 days; zero if the service gave none.
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        Duration::from_secs(u64::from(self.expires_in.unwrap_or(0)))
    }

    /// Whether the service named a lifetime at all. One of zero is named, and promises as little as none.
    #[must_use]
    pub const fn names_expires_in(&self) -> bool {
        self.expires_in.is_some()
    }

    /// The scope granted, space-separated, if the service gave one. Text without control characters.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        Some(self.text(self.scope)).filter(|scope| !scope.is_empty())
    }

    /// The refresh token, if the service gave one: visible ASCII and spaces, not empty. Mind where it goes.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        Some(self.text(self.refresh_token)).filter(|token| !token.is_empty())
    }

    fn text(&self, span: Span) -> &str {
        // It was checked, so the fallback is never taken.
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
    let mut body = Wiped(body);
    let status = head.status();
    let mut values = Value::NONE;
    let mut expires_in = None;
    if (200..300).contains(&status) {
        match read(&mut body, &mut values, &mut expires_in) {
            Ok(true) => {
                let [access_token, token_type, _, scope, refresh_token, _] = &values;
                return Ok(TokenResponse {
                    body,
                    access_token: access_token.span,
                    token_type: token_type.span,
                    scope: scope.span,
                    refresh_token: refresh_token.span,
                    expires_in,
                });
            }
            Ok(false) => {}
            Err(Fault { kind, at }) => return Err(ProtocolError { kind, status, offset: at }.into()),
        }
    }
    values = Value::NONE;
    // What cannot be read says nothing.
    let said: &[u8] = if json::members(&body, &refusal::NAMES, &mut values).is_ok() { &body } else { &[] };
    refused(head, said, &values)
}

#[cold]
#[inline(never)]
fn refused<'b>(
    head: &ResponseHead,
    body: &[u8],
    values: &Values,
) -> Result<TokenResponse<'b>, ExchangeError> {
    // Filled in where it is returned: it is large for the stack of a device.
    let mut refused = Err(ExchangeError::Refused(Refusal::of_head(head)));
    if let Err(ExchangeError::Refused(refusal)) = &mut refused {
        refusal.complete(body, values);
    }
    refused
}

/// Fills in the members; `false` if there is an error instead.
fn read(body: &mut [u8], values: &mut Values, expires_in: &mut Option<u32>) -> Result<bool, Fault> {
    json::members(body, &NAMES, values)?;
    let fault = |kind, value: &Value| Err(Fault { kind, at: value.span.start });
    let [.., error] = values;
    if !error.is_absent() {
        let is_refusal = error.is_string() && !error.span.is_empty();
        return if is_refusal { Ok(false) } else { fault(ProtocolErrorKind::Invalid(Field::Error), error) };
    }
    for ((value, &field), &class) in values.iter_mut().zip(&FIELDS).zip(&CLASSES) {
        if value.is_absent() {
            value.span.end = value.span.start;
            if matches!(field, Field::AccessToken | Field::TokenType) {
                return Err(Fault { kind: ProtocolErrorKind::Missing(field), at: body.len() });
            }
        } else if !decode(body, value, class) {
            return fault(ProtocolErrorKind::Invalid(field), value);
        }
    }
    let [_, token_type, lifetime, ..] = values;
    if !value::is_bearer(token_type.span.of(body)) {
        return fault(ProtocolErrorKind::TokenType, token_type);
    }
    if !lifetime.is_absent() {
        *expires_in = value::seconds_from_number(lifetime.span.of(body));
        if expires_in.is_none() {
            return fault(ProtocolErrorKind::Invalid(Field::ExpiresIn), lifetime);
        }
    }
    Ok(true)
}
/// Decodes a member that is there; whether it is legal.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn decode(body: &mut [u8], value: &mut Value, class: Class) -> bool {
    let Span { start, mut end } = value.span;
    if value.is_escaped() {
        end = string::decode_in_place(body, start, start).1;
    } else if value.is_array() && class == TEXT {
        let Some(joined) = join(body, start) else { return false };
        end = joined;
    } else if !value.is_string() {
        return value.is_number() && class == DIGITS;
    }
    value.span.end = end;
    if value.is_token() || class == ANY {
        return class == ANY || start < end;
    }
    let text = value.span.of(body);
    match class {
        TOKEN => value::is_b64token(text),
        DIGITS => value::is_digits(text),
        _ => is_all(text, class),
    }
}

/// Joins the strings of a checked array by single spaces, in its own place, which begins at `start`. Gives the end of the
/// result; `None` if there is anything else in the array.
///
/// Between two strings stand three bytes at least, so a space always finds room.
#[inline(never)]
fn join(body: &mut [u8], start: usize) -> Option<usize> {
    let mut to = start;
    let mut from = start + 1;
    loop {
        match body.get(from)? {
            b'"' => {
                let is_empty = body.get(from + 1) == Some(&b'"');
                if to > start && !is_empty {
                    string::put(body, &mut to, b' ');
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
