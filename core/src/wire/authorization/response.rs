//! The redirect that ends an authorization request, RFC 6749 section 4.1.2.
//!
//! | Input | Rule |
//! |---|---|
//! | `https://app.example/callback?code=…`, `/callback?code=…`, `code=…` | everything up to the first `?` is left out, and everything from the first `#` on |
//! | a parameter without a value, or with an empty one | as if it were absent (section 3.1) |
//! | `code`, `state`, `iss`, `error` or `error_description` twice | [`AuthorizationError::Duplicate`] (section 3.1) |
//! | no `state`, or another one than that of the request | [`AuthorizationError::State`], whatever else is there (section 10.12) |
//! | another `iss` than the expected one | [`AuthorizationError::Issuer`] (RFC 9207 section 2.4: compared as strings) |
//! | `error` | [`AuthorizationError::Refused`] with status 0, also beside a `code` |
//! | no `code`, or one with other characters than visible ASCII and spaces (appendix A.11) | [`AuthorizationError::Code`] |
//! | any other parameter | ignored, once decoded |

use core::fmt;

use super::super::bytes::is_same;
use super::super::char_class::{VISIBLE, is_all};
use super::super::parameters::{Parameters, ParametersError};
use super::super::refusal::Refusal;
use super::super::wiped::Wiped;
use crate::text::Quoted;

/// The parameters that are used, in the order of the constants below.
const NAMES: [&str; 5] = ["code", "state", "iss", "error", "error_description"];
const CODE: usize = 0;
const STATE: usize = 1;
const ISSUER: usize = 2;
const ERROR: usize = 3;
const ERROR_DESCRIPTION: usize = 4;

/// What an authorization response must contain.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The state of the request; no response has an empty one.
    pub state: &'a str,
    /// The issuer identifier of the service (RFC 9207). `None`: `iss` is not compared. A response without `iss` is accepted, because
    /// Genesys Cloud is not known to send it.
    pub issuer: Option<&'a str>,
}

/// Without the state.
impl fmt::Debug for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expected").field("issuer", &self.issuer.map(Quoted)).finish_non_exhaustive()
    }
}

/// A code. Borrows the text, which was decoded in place; drop wipes it.
pub struct AuthorizationResponse<'b> {
    text: Wiped<'b>,
    parameters: Parameters<{ NAMES.len() }>,
}

impl AuthorizationResponse<'_> {
    /// Returns the code: visible ASCII and spaces, not empty. It is a secret until it is used.
    #[must_use]
    pub fn code(&self) -> &str {
        self.parameters.text(&self.text, CODE)
    }
}

/// Without the code.
impl fmt::Debug for AuthorizationResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthorizationResponse([redacted])")
    }
}

/// Why a redirect gave no code.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorizationError {
    /// The service refused the request, or the user did not consent.
    Refused(Refusal),
    /// The state is missing or not the request's: the redirect belongs to another request.
    State,
    /// `iss` names another service.
    Issuer,
    /// The code is missing, or has characters that no code has.
    Code,
    /// The parameter stands there twice.
    Duplicate(&'static str),
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8, near this offset in bytes.
    Encoding {
        /// The offset.
        offset: usize,
    },
}

/// By hand: the standard library's `Debug` of a `str` can panic, as far as the linker sees.
impl fmt::Debug for AuthorizationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => f.debug_tuple("Refused").field(refusal).finish(),
            Self::State => f.write_str("State"),
            Self::Issuer => f.write_str("Issuer"),
            Self::Code => f.write_str("Code"),
            Self::Duplicate(name) => f.debug_tuple("Duplicate").field(&Quoted(name)).finish(),
            Self::Encoding { offset } => f.debug_struct("Encoding").field("offset", offset).finish(),
        }
    }
}

impl fmt::Display for AuthorizationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused(refusal) => return refusal.fmt(f),
            Self::State => {
                "the redirect belongs to another authorization request, because its state is missing or another one: begin the login \
                 again, and finish it in the same browser"
            }
            Self::Issuer => {
                "the redirect comes from another service than the login host of the request (iss): begin the login again"
            }
            Self::Code => "the redirect has no legal code: begin the login again",
            Self::Duplicate(name) => return write!(f, "the redirect has the parameter {name} twice"),
            Self::Encoding { offset } => {
                return write!(f, "the parameters of the redirect are not percent-encoded UTF-8 (at byte {offset})");
            }
        })
    }
}

impl core::error::Error for AuthorizationError {}

/// Reads the URL, or the query of it, to which the service redirected the user's browser. `text` is wiped on every error, and on drop of
/// the result.
///
/// # Errors
/// [`AuthorizationError`], by the rules in the table of the source.
pub fn parse_authorization_response<'b>(
    text: &'b mut [u8],
    expected: Expected<'_>,
) -> Result<AuthorizationResponse<'b>, AuthorizationError> {
    let mut text = Wiped(text);
    let position = |byte: u8, text: &[u8]| text.iter().position(|&other| other == byte);
    let end = position(b'#', &text).unwrap_or(text.len());
    let query = text.get_mut(..end).unwrap_or_default();
    let start = position(b'?', query).map_or(0, |mark| mark.saturating_add(1));
    let parameters = Parameters::read(query, start, &NAMES).map_err(|error| match error {
        ParametersError::Encoding(error) => AuthorizationError::Encoding { offset: error.offset },
        ParametersError::Duplicate { index, .. } => {
            AuthorizationError::Duplicate(NAMES.get(index).copied().unwrap_or_default())
        }
    })?;
    let bytes = |index| parameters.span(index).of(&text);
    // Others' redirects are recognised before anything in them counts.
    if expected.state.is_empty() || !is_same(bytes(STATE), expected.state.as_bytes()) {
        return Err(AuthorizationError::State);
    }
    if let Some(issuer) = expected.issuer
        && !matches!(bytes(ISSUER), [])
        && bytes(ISSUER) != issuer.as_bytes()
    {
        return Err(AuthorizationError::Issuer);
    }
    let error = parameters.text(&text, ERROR);
    if !error.is_empty() {
        let description = parameters.text(&text, ERROR_DESCRIPTION);
        return Err(AuthorizationError::Refused(Refusal::of_redirect(error, description)));
    }
    if bytes(CODE).is_empty() || !is_all(bytes(CODE), VISIBLE) {
        return Err(AuthorizationError::Code);
    }
    Ok(AuthorizationResponse { text, parameters })
}
