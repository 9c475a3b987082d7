//! The service said no: which kind of no, and what to do next.
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

use super::ResponseHead;
use super::failure::Field;
use super::head::CORRELATION_ID_CAPACITY;
use super::json::{self, NO_TOKEN, Names, Value, Values};
use super::string::{Characters, Copied};
use crate::text::Text;
use crate::time::Duration;

/// Bytes kept of an error code. The longest one known has 35.
pub const CODE_CAPACITY: usize = 64;
/// Bytes kept of a description.
pub const DESCRIPTION_CAPACITY: usize = 128;

/// The service said no.
#[derive(Clone)]
pub struct Refusal {
    class: RefusalClass,
    status: u16,
    description_was_cut: bool,
    code: Text<CODE_CAPACITY>,
    description: Text<DESCRIPTION_CAPACITY>,
    retry_after: Option<Duration>,
    correlation_id: Text<CORRELATION_ID_CAPACITY>,
}

/// What kind of no. The [module](self) has the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalClass {
    /// `invalid_client`: id, secret or region wrong.
    Credentials,
    /// `unauthorized_client`: the client may not use this grant. API: not from this address.
    ClientNotAllowed,
    /// `invalid_grant`: code, refresh token or assertion is used up, expired or wrong. Asking again with it is useless.
    Grant,
    /// `invalid_request`, `unsupported_grant_type`: the request is wrong. API: most of 4xx.
    Request,
    /// `invalid_scope`, or API 403.
    Scope,
    /// Status 429, or 400 `invalid_request` with "rate limit exceeded".
    RateLimited,
    /// API 401: the access token is dead.
    AccessToken,
    /// Status 5xx and 408.
    Unavailable,
    /// Anything else.
    Unexpected,
}

/// The members that mean something in a refusal.
pub(super) const NAMES: Names = Names {
    all: &["error", "code", "error_description", "description", "message", "contextId"],
    once: &[Field::Error],
    token: NO_TOKEN,
};
/// The values of `error` that RFC 6749 sections 4.2.2.1 and 5.2 define.
const OAUTH_ERRORS: [&str; 9] = [
    "invalid_request",
    "invalid_client",
    "unauthorized_client",
    "invalid_grant",
    "invalid_scope",
    "unsupported_grant_type",
    "unsupported_response_type",
    "server_error",
    "temporarily_unavailable",
];
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
    /// What happened and what to do about it, for people.
    const fn advice(self) -> &'static str {
        match self {
            Self::Credentials => {
                "the service does not know this client: check client id, secret and region (the wrong region looks the \
                 same as a wrong secret)"
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
    /// The class.
    #[must_use]
    pub const fn class(&self) -> RefusalClass {
        self.class
    }

    /// The HTTP status code; 0 for a redirect's fragment, which has none.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The OAuth `error` or the Platform API's `code`; empty if there was none, or one that is longer than
    /// [`CODE_CAPACITY`] or not made of visible ASCII and spaces.
    #[must_use]
    pub fn code(&self) -> &str {
        self.code.as_str()
    }

    /// What the service wrote for people: cleaned (visible ASCII and spaces, every other character is a `?`), at most
    /// [`DESCRIPTION_CAPACITY`] bytes; empty if nothing.
    #[must_use]
    pub fn description(&self) -> &str {
        self.description.as_str()
    }

    /// Whether the description was cut.
    #[must_use]
    pub const fn description_was_cut(&self) -> bool {
        self.description_was_cut
    }

    /// `Retry-After`.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// `ININ-Correlation-Id` or the body's `contextId`; empty if neither.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.correlation_id.as_str()
    }

    /// Makes the one of a head the token endpoint's.
    pub(super) fn complete(&mut self, body: &[u8], values: &Values) {
        let has_error = self.take(body, values, false);
        self.class = self.token_endpoint_class(has_error);
    }

    /// A redirect's, from decoded parameters.
    pub(super) fn of_redirect(error: &str, description: &str) -> Self {
        let mut refusal = Self::of_head(&ResponseHead::new(0));
        set_whole(&mut refusal.code, Characters::plain(error.as_bytes()));
        refusal.describe(Characters::plain(description.as_bytes()));
        refusal.class = refusal.token_endpoint_class(true);
        refusal
    }

    /// What the head tells. Inline, so that it is written where it is to be.
    #[inline]
    pub(super) fn of_head(head: &ResponseHead) -> Self {
        Self {
            class: RefusalClass::Unexpected,
            status: head.status(),
            description_was_cut: false,
            code: Text::EMPTY,
            description: Text::EMPTY,
            retry_after: head.retry_after(),
            correlation_id: head.correlation_id_text(),
        }
    }

    /// Takes what the body says; `error` and `code` in this order, or the other way round. Whether there is an `error`.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn take(&mut self, body: &[u8], values: &Values, is_code_first: bool) -> bool {
        let [error, code, descriptions @ .., context_id] = values;
        let has_error = !text(body, &[*error]).is_empty();
        let codes = if is_code_first { [*code, *error] } else { [*error, *code] };
        set_whole(&mut self.code, Characters::escaped(text(body, &codes)));
        self.describe(Characters::escaped(text(body, descriptions)));
        if self.correlation_id.is_empty() {
            set_whole(&mut self.correlation_id, Characters::escaped(text(body, &[*context_id])));
        }
        has_error
    }

    fn describe(&mut self, description: Characters<'_>) {
        self.description_was_cut =
            !self.description.fill(|to, length| description.copy_visible(to, length)).is_whole;
    }

    fn token_endpoint_class(&self, has_error: bool) -> RefusalClass {
        match self.status {
            429 => RefusalClass::RateLimited,
            408 | 500..=599 => RefusalClass::Unavailable,
            _ if has_error => match json::position(&OAUTH_ERRORS, self.code.as_bytes()) {
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
        let description = self.description.as_bytes();
        description.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    }
}

/// Classifies a Platform API response that is no success. Never fails: an unreadable body leaves the status.
///
/// The body is not altered, so that the caller can decode the rest of it.
#[must_use]
pub fn api_refusal(head: &ResponseHead, body: &[u8]) -> Refusal {
    let mut values = Value::NONE;
    // What cannot be read says nothing.
    let body = if json::members(body, &NAMES, &mut values).is_ok() { body } else { &[] };
    let mut refusal = Refusal::of_head(head);
    refusal.take(body, &values, true);
    refusal.class = refusal.api_class();
    refusal
}

/// The first of these that is a string and not empty, as it stands in the body.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn text<'b>(body: &'b [u8], values: &[Value]) -> &'b [u8] {
    let is_text = |value: &&Value| value.is_string() && !value.span.is_empty();
    values.iter().find(is_text).map_or(&[], |value| value.span.of(body))
}

/// Puts all of it into an empty text, or nothing if it is too long or not all visible.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) fn set_whole(text: &mut Text<64>, source: Characters<'_>) {
    let Copied { is_whole, is_visible } = text.fill(|to, length| source.copy_visible(to, length));
    if !(is_whole && is_visible) {
        *text = Text::EMPTY;
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("class", &self.class)
            .field("status", &self.status)
            .field("code", &self.code)
            .field("description", &self.description)
            .field("description_was_cut", &self.description_was_cut)
            .field("retry_after", &self.retry_after)
            .field("correlation_id", &self.correlation_id)
            .finish()
    }
}

/// Advice first, then what the service said: `too many requests: wait before asking again (status 429; retry after
/// 42 s)`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.class.advice())?;
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
        if let Some(span) = self.retry_after {
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
