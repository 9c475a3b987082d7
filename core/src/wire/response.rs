//! The response of the token endpoint, RFC 6749 section 5.
//!
//! The whole body is scanned (`json` has the rules of that), then these rules apply:
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
//! | `expires_in` an integer: `86399`, `86399.0`, `8.6399e4`, `"86399"` | this many seconds, at most 38,880,000 |
//! | `expires_in` zero, absent | [`Duration::ZERO`]: the service promises no lifetime |
//! | `expires_in` with a minus sign, with a fraction, any other string or type | [`ProtocolErrorKind::Invalid`] |
//! | `scope` a string, or an array of strings | the text; strings of an array are joined by single spaces, empty ones left out |
//! | `scope` with control characters, any other type | [`ProtocolErrorKind::Invalid`] |
//! | `refresh_token` with characters other than visible ASCII and spaces (appendix A.17), or no string | [`ProtocolErrorKind::Invalid`] |
//! | `scope`, `refresh_token` empty | as if absent |
//! | any other member | checked as JSON, ignored |

use core::fmt;
use core::mem;

use super::char_class::{Class, DIGITS, TEXT, TOKEN, VISIBLE, is_all};
use super::failure::ExchangeError;
use super::field::Field;
use super::json::{self, Fault, Names, Value, Values};
use super::protocol_error::{ProtocolError, ProtocolErrorKind};
use super::refusal::{self, Refusal, Source};
use super::wiped::Wiped;
use super::{ResponseHead, string, value};
use crate::text::Quoted;
use crate::time::Duration;

/// A successful response. It borrows the body, in which escapes were decoded in place; drop wipes the body.
pub struct TokenResponse<'b> {
    body: Wiped<'b>,
    /// The values in the order of [`FIELDS`]; an empty span if absent.
    values: Values,
    expires_in: Option<u32>,
}

/// The members of a successful response that are used.
const NAMES: Names = Names {
    all: &json::words::<61>(&["access_token", "token_type", "expires_in", "scope", "refresh_token", "error"]),
    once: &FIELDS,
};
const FIELDS: [Field; 6] =
    [Field::AccessToken, Field::TokenType, Field::ExpiresIn, Field::Scope, Field::RefreshToken, Field::Error];
/// The character classes of these members.
const CLASSES: [Class; 5] = [TOKEN, ANY, DIGITS, TEXT, VISIBLE];
/// Any string.
const ANY: Class = 0;

impl TokenResponse<'_> {
    /// Returns the access token: `b64token` characters only (RFC 6750 section 2.1), not empty. Do not log it.
    #[must_use]
    pub fn access_token(&self) -> &str {
        self.text(0)
    }

    /// Returns the bytes of the access token, for an `Authorization` header.
    #[must_use]
    pub fn access_token_bytes(&self) -> &[u8] {
        self.bytes(0)
    }

    /// Returns the token type as the service spells it: `bearer` in any case.
    #[must_use]
    pub fn token_type(&self) -> &str {
        self.text(1)
    }

    /// Returns the granted lifetime in whole seconds, at most 450 days; zero if the service named none.
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        Duration::from_secs(u64::from(self.expires_in.unwrap_or(0)))
    }

    /// Returns whether the service named a lifetime at all. A lifetime of zero is named, and promises as little as none.
    #[must_use]
    pub const fn has_expires_in(&self) -> bool {
        self.expires_in.is_some()
    }

    /// Returns the granted scope, space-separated, if the service named one. Text without control characters.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        Some(self.text(3)).filter(|scope| !scope.is_empty())
    }

    /// Returns the refresh token, if the service issued one: visible ASCII and spaces, not empty. Do not log it.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        Some(self.text(4)).filter(|token| !token.is_empty())
    }

    /// Returns whether there is a refresh token.
    pub(crate) fn has_refresh_token(&self) -> bool {
        !self.bytes(4).is_empty()
    }

    fn bytes(&self, index: usize) -> &[u8] {
        self.values.get(index).map_or(&[], |value| value.span.of(&self.body))
    }

    fn text(&self, index: usize) -> &str {
        // It was checked, so the fallback is never taken.
        core::str::from_utf8(self.bytes(index)).unwrap_or_default()
    }
}

/// Does not show the tokens.
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
/// The `Content-Type` is ignored. Time is linear in the length of the body, stack use does not depend on it.
///
/// # Errors
/// [`ExchangeError::Refused`] if the service refused the request, [`ExchangeError::Protocol`] if a response of status 2xx is not
/// legal. The [module](self) lists every case.
#[allow(
    clippy::inline_always,
    reason = "a shell that is part of its caller: the result is large for a device's stack, and made where the caller has it"
)]
#[inline(always)]
pub fn parse_token_response<'b>(
    head: &ResponseHead,
    body: &'b mut [u8],
) -> Result<TokenResponse<'b>, ExchangeError> {
    let mut result = Ok(TokenResponse { body: Wiped(body), values: Value::NONE, expires_in: None });
    if is_refusal(head.status(), &mut result) {
        refuse(head, &mut result);
    }
    result
}

type Parsed<'b> = Result<TokenResponse<'b>, ExchangeError>;

/// Reads a response; returns whether it is a refusal, which is then created by [`refuse`].
#[inline(never)]
fn is_refusal(status: u16, result: &mut Parsed<'_>) -> bool {
    let Ok(response) = result else { return false };
    if (200..300).contains(&status) {
        match response.read() {
            Ok(true) => {}
            Ok(false) => return false,
            Err(Fault { kind, at }) => {
                *result = Err(ProtocolError { kind, status, offset: at }.into());
                return false;
            }
        }
    }
    refusal::read(&response.body, &mut response.values);
    true
}

/// Creates the refusal.
#[inline(never)]
fn refuse(head: &ResponseHead, result: &mut Parsed<'_>) {
    let Ok(response) = result else { return };
    let body = Wiped(mem::take(&mut response.body.0));
    let mut values = response.values;
    *result = Err(ExchangeError::Refused(Refusal::EMPTY));
    if let Err(ExchangeError::Refused(refusal)) = result {
        refusal.fill(head, &body, &mut values, Source::TokenEndpoint);
    }
}

impl TokenResponse<'_> {
    /// Fills in the members; returns whether there is an error instead.
    fn read(&mut self) -> Result<bool, Fault> {
        let Self { body: Wiped(body), values, expires_in } = self;
        json::members(body, &NAMES, values)?;
        let fault = |kind, value: &Value| Err(Fault { kind, at: value.span.start });
        let [.., error] = values;
        if !error.is_absent() {
            let is_refusal = error.is_string() && !error.span.is_empty();
            return if is_refusal {
                Ok(true)
            } else {
                fault(ProtocolErrorKind::Invalid(Field::Error), error)
            };
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
        Ok(false)
    }
}

/// Decodes a member that is present; returns whether it is legal.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn decode(body: &mut [u8], value: &mut Value, class: Class) -> bool {
    if value.is_token() {
        return true;
    }
    let start = value.span.start;
    if value.is_escaped() {
        value.span.end = string::decode_in_place(body, start, start).1;
    } else if !value.is_string() {
        if class != TEXT {
            return value.is_number() && class == DIGITS;
        }
        let Some(end) = value.is_array().then(|| join(body, start)).flatten() else { return false };
        value.span.end = end;
    }
    let text = value.span.of(body);
    match class {
        ANY => true,
        TOKEN => value::is_b64token(text),
        _ => is_all(text, class),
    }
}

/// Joins the strings of a checked array by single spaces, in its own place, which begins at `start`. Returns the end of the
/// result; `None` if there is anything else in the array.
///
/// Between two strings there are at least three bytes, so a space always fits.
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
            b']' => return Some(to),
            // White space and commas; none of these begins another value.
            ..=b',' => {}
            _ => return None,
        }
        from += 1;
    }
}
