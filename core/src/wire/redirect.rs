//! The fragment that ends the implicit grant, RFC 6749 sections 4.2.2 and 4.2.2.1.
//!
//! Genesys Cloud ends this grant in 2027; clients that still use it get the token in the redirect's URL.
//!
//! | Input | Rule |
//! |---|---|
//! | `https://app.example/callback#access_token=…`, `#access_token=…`, `access_token=…` | everything up to the first `#` is left out |
//! | a parameter without a value, or with an empty one | as if it were absent (section 3.1) |
//! | a parameter of [`Field`] twice | [`ProtocolErrorKind::Duplicate`] (section 3.1) |
//! | `error` | [`Refusal`] with status 0, also beside an `access_token` |
//! | `access_token`, `token_type`, `expires_in`, `scope` | the rules of the [token response](super::response); `expires_in` is a digit string |
//! | any other parameter | ignored, once decoded |

use core::fmt;

use super::bytes::is_same;
use super::char_class::{TEXT, is_all};
use super::failure::ExchangeError;
use super::field::Field;
use super::json::Span;
use super::parameters::{self, ParametersError};
use super::protocol_error::{ProtocolError, ProtocolErrorKind};
use super::refusal::Refusal;
use super::value;
use super::wiped::Wiped;
use crate::text::Quoted;
use crate::time::Duration;

/// A successful redirect. Borrows the text, which was decoded in place; drop wipes it.
pub struct RedirectResponse<'b> {
    text: Wiped<'b>,
    parameters: Parameters,
    expires_in: Option<u32>,
}

impl RedirectResponse<'_> {
    /// Returns the access token: `b64token` characters only (RFC 6750 section 2.1), not empty. Do not log it.
    #[must_use]
    pub fn access_token(&self) -> &str {
        self.parameters.text(&self.text, Field::AccessToken)
    }

    /// Returns the granted lifetime in whole seconds, at most 450 days; zero if the service named none.
    #[must_use]
    pub const fn expires_in(&self) -> Duration {
        match self.expires_in {
            Some(seconds) => Duration::from_secs(seconds as u64),
            None => Duration::ZERO,
        }
    }

    /// Returns the granted scope, space-separated, if the service named one.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        Some(self.parameters.text(&self.text, Field::Scope)).filter(|scope| !scope.is_empty())
    }

    /// Returns the state, if there is one. Use [`RedirectResponse::has_state`] to compare it.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        Some(self.parameters.text(&self.text, Field::State)).filter(|state| !state.is_empty())
    }

    /// Returns whether the state is the one of the authorization request. If it is not, the token belongs to another user's
    /// session: do not use it (RFC 6749 section 10.12).
    ///
    /// The time does not depend on where the two differ; it depends on their lengths.
    #[must_use]
    pub fn has_state(&self, expected: &str) -> bool {
        is_same(self.parameters.span(Field::State).of(&self.text), expected.as_bytes())
    }
}

/// Does not show the token and the state.
impl fmt::Debug for RedirectResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedirectResponse")
            .field("access_token", &format_args!("[redacted]"))
            .field("expires_in", &self.expires_in())
            .field("scope", &self.scope().map(Quoted))
            .field("state", &self.state().map(|_| format_args!("[redacted]")))
            .finish()
    }
}

/// Reads the URL, or the fragment of it, to which the service redirected the user's browser. `text` is wiped on every
/// error, and on drop of the result.
///
/// # Errors
/// [`ExchangeError::Refused`] if the service refused the request; [`ExchangeError::Protocol`] if the fragment is not legal.
pub fn parse_redirect(text: &mut [u8]) -> Result<RedirectResponse<'_>, ExchangeError> {
    let mut text = Wiped(text);
    let parameters = Parameters::read(&mut text)?;
    let error = parameters.text(&text, Field::Error);
    if !error.is_empty() {
        let description = parameters.text(&text, Field::ErrorDescription);
        return Err(Refusal::of_redirect(error, description).into());
    }
    let wrong = |kind, field| parameters.error(&text, kind, field);
    for field in [Field::AccessToken, Field::TokenType] {
        if parameters.span(field).is_empty() {
            return Err(wrong(ProtocolErrorKind::Missing(field), field).into());
        }
    }
    let bytes = |field| parameters.span(field).of(&text);
    for (field, legal) in [
        (Field::AccessToken, value::is_b64token(bytes(Field::AccessToken))),
        (Field::Scope, is_all(bytes(Field::Scope), TEXT)),
    ] {
        if !legal {
            return Err(wrong(ProtocolErrorKind::Invalid(field), field).into());
        }
    }
    if !value::is_bearer(bytes(Field::TokenType)) {
        return Err(wrong(ProtocolErrorKind::TokenType, Field::TokenType).into());
    }
    let expires_in = match bytes(Field::ExpiresIn) {
        [] => None,
        digits if value::is_digits(digits) => value::seconds_from_number(digits),
        _ => return Err(wrong(ProtocolErrorKind::Invalid(Field::ExpiresIn), Field::ExpiresIn).into()),
    };
    Ok(RedirectResponse { text, parameters, expires_in })
}

/// The fields that a redirect may hold.
const FIELDS: [Field; 7] = [
    Field::AccessToken,
    Field::TokenType,
    Field::ExpiresIn,
    Field::Scope,
    Field::State,
    Field::Error,
    Field::ErrorDescription,
];

/// Their names, in the same order.
const NAMES: [&str; FIELDS.len()] = {
    let mut names = [""; FIELDS.len()];
    let mut index = 0;
    while index < FIELDS.len() {
        names[index] = FIELDS[index].name();
        index += 1;
    }
    names
};

/// The positions of the decoded values are.
struct Parameters(parameters::Parameters<{ FIELDS.len() }>);

impl Parameters {
    fn read(text: &mut [u8]) -> Result<Self, ProtocolError> {
        let start = text.iter().position(|&byte| byte == b'#').map_or(0, |hash| hash + 1);
        match parameters::Parameters::read(text, start, &NAMES) {
            Ok(parameters) => Ok(Self(parameters)),
            Err(ParametersError::Encoding(error)) => Err(error),
            Err(ParametersError::Duplicate { index, offset }) => {
                let field = FIELDS.get(index).copied().unwrap_or(Field::AccessToken);
                Err(ProtocolError { kind: ProtocolErrorKind::Duplicate(field), status: 0, offset })
            }
        }
    }

    /// Returns the value; an empty span if it is absent.
    fn span(&self, field: Field) -> Span {
        FIELDS.iter().position(|&other| other == field).map_or(Span::EMPTY, |index| self.0.span(index))
    }

    fn text<'t>(&self, text: &'t [u8], field: Field) -> &'t str {
        // Decoding has checked it, so the fallback is never taken.
        core::str::from_utf8(self.span(field).of(text)).unwrap_or_default()
    }

    fn error(&self, text: &[u8], kind: ProtocolErrorKind, field: Field) -> ProtocolError {
        let missing = matches!(kind, ProtocolErrorKind::Missing(_));
        ProtocolError { kind, status: 0, offset: if missing { text.len() } else { self.span(field).start } }
    }
}
