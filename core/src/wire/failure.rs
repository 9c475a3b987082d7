//! Everything that is not a token, classified.
use crate::text::Text;
use crate::time::Duration;
use crate::wire::ResponseHead;
use crate::wire::head::CORRELATION_ID_CAPACITY;
use core::fmt;

/// Why a response gave no token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The service said no.
    Refused(Refusal),
    /// The peer's bytes are not a legal response.
    Protocol(ProtocolError),
}
/// The service said no.
#[derive(Clone)]
pub struct Refusal {
    class: RefusalClass,
    status: u16,
    error: Text<64>,
    description: Text<128>,
    retry_after: Option<Duration>,
    correlation_id: Text<CORRELATION_ID_CAPACITY>,
}
/// What kind of no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalClass {
    /// `invalid_client`: id, secret or region wrong.
    Credentials,
    /// `unauthorized_client`: the client may not use this grant.
    ClientNotAllowed,
    /// `invalid_grant`: code, refresh token or assertion is used up, expired or wrong. Asking again with it is useless.
    Grant,
    /// `invalid_request`, `unsupported_grant_type`: the request is wrong.
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
impl Refusal {
    /// The class.
    #[must_use]
    pub const fn class(&self) -> RefusalClass {
        self.class
    }
    /// The HTTP status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }
    /// The OAuth `error` or the Platform API's `code`; empty if there was none.
    #[must_use]
    pub fn code(&self) -> &str {
        self.error.as_str()
    }
    /// What the service wrote for people: cleaned (visible ASCII and spaces), at most 128 bytes; empty if nothing.
    #[must_use]
    pub fn description(&self) -> &str {
        self.description.as_str()
    }
    /// Whether the description was cut.
    #[must_use]
    pub fn description_was_cut(&self) -> bool {
        todo!()
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
}
impl fmt::Debug for Refusal {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
impl fmt::Display for Refusal {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
impl core::error::Error for Refusal {}
impl fmt::Display for ExchangeError {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
impl core::error::Error for ExchangeError {}

/// The peer's bytes are not a legal token response. Holds no byte of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtocolError {
    /// What is wrong.
    pub kind: ProtocolErrorKind,
    /// The HTTP status code.
    pub status: u16,
    /// Where in the body, in bytes.
    pub offset: usize,
}
/// What is wrong with a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtocolErrorKind {
    /// The body is empty.
    Empty,
    /// The body ends in the middle.
    Incomplete,
    /// Not JSON by RFC 8259 (HTML, for example).
    Syntax,
    /// Nested more than 32 deep.
    Depth,
    /// The body is JSON but no object.
    NotAnObject,
    /// A member that is needed is missing or null.
    Missing(Field),
    /// A member that is used stands there twice.
    Duplicate(Field),
    /// A member has the wrong type or a value that is out of its range.
    Invalid(Field),
    /// `token_type` is not bearer.
    TokenType,
}
/// The members that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// `access_token`
    AccessToken,
    /// `token_type`
    TokenType,
    /// `expires_in`
    ExpiresIn,
    /// `refresh_token`
    RefreshToken,
    /// `scope`
    Scope,
    /// `error`
    Error,
}
impl fmt::Display for ProtocolError {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
impl core::error::Error for ProtocolError {}

/// Classifies a Platform API response that is no success. Never fails: an unreadable body leaves the status.
#[must_use]
pub fn api_refusal(_head: &ResponseHead, _body: &mut [u8]) -> Refusal {
    todo!()
}
