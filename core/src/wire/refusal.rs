//! Refusals of the service: their class, and what to do next.
//!
//! The class is found in this order; the first rule that fits counts:
//!
//! | Token endpoint, redirect | Class |
//! |---|---|
//! | status 429 | [`RateLimited`](RefusalClass::RateLimited) |
//! | status 5xx, 408 | [`Unavailable`](RefusalClass::Unavailable) |
//! | `error` `invalid_request` and a description that begins with "rate limit exceeded" in any case | [`RateLimited`](RefusalClass::RateLimited): the token endpoint answers its own limit with status 400 |
//! | `error` `invalid_client` | [`Credentials`](RefusalClass::Credentials) |
//! | `error` `unauthorized_client` | [`ClientNotAllowed`](RefusalClass::ClientNotAllowed) |
//! | `error` `invalid_grant` | [`Grant`](RefusalClass::Grant) |
//! | `error` `invalid_scope` | [`Scope`](RefusalClass::Scope) |
//! | `error` `invalid_request`, `unsupported_grant_type`, `unsupported_response_type` | [`Request`](RefusalClass::Request) |
//! | `error` `server_error`, `temporarily_unavailable` | [`Unavailable`](RefusalClass::Unavailable) |
//! | any other `error` | [`Unexpected`](RefusalClass::Unexpected) |
//! | no `error` that can be read, status 400 | [`Request`](RefusalClass::Request) |
//! | no `error` that can be read, status 401 | [`Credentials`](RefusalClass::Credentials) |
//! | anything else | [`Unexpected`](RefusalClass::Unexpected) |
//!
//! | Platform API | Class |
//! |---|---|
//! | status 429 | [`RateLimited`](RefusalClass::RateLimited) |
//! | status 5xx, 408 | [`Unavailable`](RefusalClass::Unavailable) |
//! | `code` `ip.not.authorized` | [`ClientNotAllowed`](RefusalClass::ClientNotAllowed): another token would not help |
//! | status 401 | [`AccessToken`](RefusalClass::AccessToken) |
//! | status 403 | [`Scope`](RefusalClass::Scope) |
//! | any other status 4xx | [`Request`](RefusalClass::Request) |
//! | anything else | [`Unexpected`](RefusalClass::Unexpected) |

use core::fmt;

use super::field::Field;
pub use super::head::DESCRIPTION_CAPACITY;
use super::head::{CORRELATION_ID_CAPACITY, ResponseHead};
use super::json::{self, Names, Value, Values, Words};
use super::string::{ESCAPES, NO_ESCAPES, copy_visible};
use crate::text::Text;
use crate::time::Duration;

/// The greatest length of an error code in bytes. The longest known one has 35.
pub const CODE_CAPACITY: usize = 64;

/// A refusal of the service.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    class: RefusalClass,
    status: u16,
    description_was_cut: bool,
    code: Text<CODE_CAPACITY>,
    description: Text<DESCRIPTION_CAPACITY>,
    /// The class that core knows without the service's code; overrides it if set.
    retry_after: Duration,
    names_retry_after: bool,
    form_encoding_matters: bool,
    correlation_id: Text<CORRELATION_ID_CAPACITY>,
}

/// The class of a refusal. The [module](self) has the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalClass {
    /// `invalid_client`: id, secret or region wrong.
    Credentials,
    /// `unauthorized_client`: the client may not use this grant. API: not from this address.
    ClientNotAllowed,
    /// `invalid_grant`: code, refresh token or assertion is used up, expired or wrong. A retry with it is useless.
    Grant,
    /// `invalid_request`, `unsupported_grant_type`: the request is wrong. API: most of 4xx.
    Request,
    /// `invalid_scope`, or API 403.
    Scope,
    /// Status 429, or 400 `invalid_request` with "rate limit exceeded".
    RateLimited,
    /// API 401: the access token is not valid.
    AccessToken,
    /// Status 5xx and 408.
    Unavailable,
    /// Anything else.
    Unexpected,
}

/// The origin of a refusal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    TokenEndpoint,
    PlatformApi,
}

/// The members of a refusal that are used.
pub(super) const NAMES: Names = Names {
    all: &json::words::<59>(&["error", "code", "error_description", "description", "message", "contextId"]),
    once: &[Field::Error],
};
/// The values of `error` that RFC 6749 sections 4.2.2.1 and 5.2 define.
const OAUTH_ERRORS: &Words = &json::words::<165>(&[
    "invalid_request",
    "invalid_client",
    "unauthorized_client",
    "invalid_grant",
    "invalid_scope",
    "unsupported_grant_type",
    "unsupported_response_type",
    "server_error",
    "temporarily_unavailable",
]);
const OAUTH_CLASSES: [RefusalClass; 9] = [
    RefusalClass::Request,
    RefusalClass::Credentials,
    RefusalClass::ClientNotAllowed,
    RefusalClass::Grant,
    RefusalClass::Scope,
    RefusalClass::Request,
    RefusalClass::Request,
    RefusalClass::Unavailable,
    RefusalClass::Unavailable,
];

impl RefusalClass {
    /// Returns a message for people: what happened and what to do about it.
    const fn advice(self) -> &'static str {
        match self {
            Self::Credentials => {
                "client authentication failed: check client id, secret and region (a wrong region looks the same as a wrong \
                 secret)"
            }
            Self::ClientNotAllowed => {
                "the OAuth client is not allowed to do this: check its grant type, and the addresses the organisation \
                 allows"
            }
            Self::Grant => {
                "the authorization code, refresh token or assertion is wrong, expired or used up: obtain a new one"
            }
            Self::Request => "the service does not accept the request: check its parameters",
            Self::Scope => {
                "the scope or a permission is not granted: check the scope, or the roles of the OAuth client"
            }
            Self::RateLimited => "too many requests: wait before asking again",
            Self::AccessToken => "the access token is wrong, expired or revoked: ask for a new one",
            Self::Unavailable => "the service is not available: try again later",
            Self::Unexpected => "the answer is not one of this service: check host, path and proxy",
        }
    }
}

impl Refusal {
    /// Returns the class.
    #[must_use]
    pub const fn class(&self) -> RefusalClass {
        self.class
    }

    /// Returns the HTTP status code; 0 for a redirect's fragment, which has none.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Returns the OAuth `error` or the Platform API's `code`; empty if there was none, or one that is longer than
    /// [`CODE_CAPACITY`] or not made of visible ASCII and spaces.
    #[must_use]
    pub fn code(&self) -> &str {
        self.code.as_str()
    }

    /// Returns the service's description, or the target of a redirect (status 3xx), which is not followed: cleaned (visible ASCII
    /// and spaces, every other character becomes `?`), at most [`DESCRIPTION_CAPACITY`] bytes; empty if there is none.
    #[must_use]
    pub fn description(&self) -> &str {
        self.description.as_str()
    }

    /// Returns the bytes of [`Refusal::code`].
    #[must_use]
    pub fn code_bytes(&self) -> &[u8] {
        self.code.as_bytes()
    }

    /// Returns the bytes of [`Refusal::description`].
    #[must_use]
    pub fn description_bytes(&self) -> &[u8] {
        self.description.as_bytes()
    }

    /// Returns the bytes of [`Refusal::correlation_id`].
    #[must_use]
    pub fn correlation_id_bytes(&self) -> &[u8] {
        self.correlation_id.as_bytes()
    }

    /// Notes on a refusal of the credentials that form encoding would change them
    /// ([`Client::form_encoding_matters`](crate::settings::Client::form_encoding_matters)): some servers expect that.
    pub const fn with_form_encoding_hint(&mut self, form_encoding_matters: bool) {
        self.form_encoding_matters = form_encoding_matters;
    }

    /// Returns whether the description was truncated.
    #[must_use]
    pub const fn description_was_cut(&self) -> bool {
        self.description_was_cut
    }

    /// Returns `Retry-After`.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        if self.names_retry_after { Some(self.retry_after) } else { None }
    }

    /// Returns `ININ-Correlation-Id` or the body's `contextId`; empty if there is neither.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.correlation_id.as_str()
    }

    /// Returns whether the refusal leaves a grant that can be used only once unspent: the token endpoint did not examine it.
    ///
    /// | Refusal | Why |
    /// |---|---|
    /// | rate limit (429, or the service's 400) | rejected before the request was evaluated (RFC 6585 section 4) |
    /// | `invalid_client`, `unauthorized_client` | the client is authenticated before its grant is examined (RFC 6749 section 3.2.1) |
    /// | status 408, 503 | the request did not arrive, or is not handled at all (RFC 9110 sections 15.5.9 and 15.6.4) |
    /// | no readable `error`, status neither 400 nor 5xx | not the token endpoint's: a proxy, a redirect, a wrong path |
    ///
    /// After any other refusal the grant may be used up: the token endpoint has read it, or that is unknown (500, 502, 504).
    #[must_use]
    pub const fn leaves_grant_unspent(&self) -> bool {
        match self.class {
            RefusalClass::RateLimited | RefusalClass::Credentials | RefusalClass::ClientNotAllowed => true,
            RefusalClass::Unavailable => matches!(self.status, 408 | 503),
            RefusalClass::Unexpected => self.code.is_empty(),
            _ => false,
        }
    }

    /// Reclassifies `invalid_grant` in the response to client credentials: it can only concern the client itself.
    pub(crate) fn concerns_the_client(&mut self) {
        if self.class == RefusalClass::Grant {
            self.class = RefusalClass::ClientNotAllowed;
        }
    }

    /// Creates an empty refusal.
    pub(super) const EMPTY: Self = Self {
        class: RefusalClass::Credentials,
        status: 0,
        description_was_cut: false,
        code: Text::EMPTY,
        description: Text::EMPTY,
        retry_after: Duration::ZERO,
        names_retry_after: false,
        form_encoding_matters: false,
        correlation_id: Text::EMPTY,
    };

    /// Fills in an empty refusal from [read](read) members.
    #[inline(never)]
    pub(super) fn fill(&mut self, head: &ResponseHead, body: &[u8], values: &mut Values, source: Source) {
        self.status = head.status();
        if let Some(span) = head.retry_after() {
            self.retry_after = span;
            self.names_retry_after = true;
        }
        let has_error = is_text(&values[0]);
        if source == Source::PlatformApi {
            values.swap(0, 1);
        }
        let (codes, others) = values.split_at_checked(2).unwrap_or_default();
        let (descriptions, context_id) = others.split_at_checked(3).unwrap_or_default();
        self.code.fill(|to| copy_visible(text(body, codes), ESCAPES, to, true));
        self.description = head.location_text();
        if self.description.is_empty() {
            self.describe(text(body, descriptions), ESCAPES);
        }
        self.correlation_id = head.correlation_id_text();
        if self.correlation_id.is_empty() {
            self.correlation_id.fill(|to| copy_visible(text(body, context_id), ESCAPES, to, true));
        }
        self.class = match source {
            Source::TokenEndpoint => self.token_endpoint_class(has_error),
            Source::PlatformApi => self.api_class(),
        };
    }

    /// Creates a refusal of the Platform API.
    #[inline(never)]
    fn fill_api(&mut self, head: &ResponseHead, body: &[u8]) {
        let mut values = Value::NONE;
        read(body, &mut values);
        self.fill(head, body, &mut values, Source::PlatformApi);
    }

    /// Creates a refusal of a redirect, from decoded parameters.
    pub(super) fn of_redirect(error: &str, description: &str) -> Self {
        let mut refusal = Self::EMPTY;
        refusal.code.fill(|to| copy_visible(error.as_bytes(), NO_ESCAPES, to, true));
        refusal.describe(description.as_bytes(), NO_ESCAPES);
        refusal.class = refusal.token_endpoint_class(true);
        refusal
    }

    fn describe(&mut self, source: &[u8], escapes: u8) {
        let is_whole = self.description.fill(|to| copy_visible(source, escapes, to, false));
        self.description_was_cut = !is_whole;
    }

    fn token_endpoint_class(&self, has_error: bool) -> RefusalClass {
        match self.status {
            429 => RefusalClass::RateLimited,
            408 | 500..=599 => RefusalClass::Unavailable,
            _ if has_error => match json::position(OAUTH_ERRORS, self.code.with_zeros(), 0).0 {
                0 if self.tells_of_rate_limit() => RefusalClass::RateLimited,
                index => OAUTH_CLASSES.get(index).copied().unwrap_or(RefusalClass::Unexpected),
            },
            400 => RefusalClass::Request,
            401 => RefusalClass::Credentials,
            _ => RefusalClass::Unexpected,
        }
    }

    fn api_class(&self) -> RefusalClass {
        match self.status {
            429 => RefusalClass::RateLimited,
            408 | 500..=599 => RefusalClass::Unavailable,
            400..=499 if self.code.as_bytes() == b"ip.not.authorized" => RefusalClass::ClientNotAllowed,
            401 => RefusalClass::AccessToken,
            403 => RefusalClass::Scope,
            400..=499 => RefusalClass::Request,
            _ => RefusalClass::Unexpected,
        }
    }

    fn tells_of_rate_limit(&self) -> bool {
        let prefix = b"rate limit exceeded";
        // No other visible character than a capital letter becomes a small one, or a space, with this bit set.
        let start = self.description.with_zeros().iter().map(|byte| byte | 0x20);
        start.zip(prefix).all(|(byte, expected)| byte == *expected)
    }
}

/// Classifies a Platform API response that is not a success. Never fails: of an unreadable body only the status is used.
///
/// The body is not altered, so that the caller can decode the rest of it.
#[must_use]
#[allow(clippy::inline_always, reason = "a shell that is part of its caller, as `parse_token_response`")]
#[inline(always)]
pub fn api_refusal(head: &ResponseHead, body: &[u8]) -> Refusal {
    let mut refusal = Refusal::EMPTY;
    refusal.fill_api(head, body);
    refusal
}

/// Reads the members of a body.
pub(super) fn read(body: &[u8], values: &mut Values) {
    *values = Value::NONE;
    if json::members(body, &NAMES, values).is_err() {
        // A body that is not JSON has no members.
        *values = Value::NONE;
    }
}

/// Returns the first of these that is a non-empty string, with its escapes.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn text<'b>(body: &'b [u8], values: &[Value]) -> &'b [u8] {
    values.iter().find(|value| is_text(value)).map_or(&[], |value| value.span.of(body))
}

fn is_text(value: &Value) -> bool {
    value.is_string() && !value.span.is_empty()
}

#[allow(clippy::missing_fields_in_debug, reason = "`retry_after` shows two fields")]
impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("class", &self.class)
            .field("status", &self.status)
            .field("code", &self.code)
            .field("description", &self.description)
            .field("description_was_cut", &self.description_was_cut)
            .field("retry_after", &self.retry_after())
            .field("correlation_id", &self.correlation_id)
            .finish()
    }
}

/// Advice first, then the service's message: `too many requests: wait before asking again (status 429; retry after 42 s)`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.status {
            300..=399 => "the host redirects the request, which is not followed: check host, path and region",
            _ => self.class.advice(),
        })?;
        if self.form_encoding_matters && self.class == RefusalClass::Credentials {
            f.write_str(
                "; id or secret has characters that some servers expect form-encoded: try the method basic-form-encoded",
            )?;
        }
        let mut separator = " (";
        if self.status != 0 {
            write!(f, "{separator}status {}", self.status)?;
            separator = "; ";
        }
        if !self.code.is_empty() {
            write!(f, "{separator}{}", self.code)?;
            separator = "; ";
        }
        if !self.description.is_empty() {
            let ellipsis = if self.description_was_cut { "..." } else { "" };
            write!(f, "{separator}\"{}{ellipsis}\"", self.description)?;
            separator = "; ";
        }
        if let Some(span) = self.retry_after() {
            write!(f, "{separator}retry after {span}")?;
            separator = "; ";
        }
        if !self.correlation_id.is_empty() {
            write!(f, "{separator}correlation id {}", self.correlation_id)?;
            separator = "; ";
        }
        if separator == "; " { f.write_str(")") } else { Ok(()) }
    }
}

impl core::error::Error for Refusal {}
