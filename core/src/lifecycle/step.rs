//! Inputs and outputs of the manager: plain values.

use core::fmt;

use super::Failure;
use crate::time::Instant;
use crate::wire::TokenResponse;

/// The number of a token, in the order in which they were obtained; wraps around after 2³².
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Generation(pub(super) u32);

impl Generation {
    pub(super) const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// A ticket for one exchange. Not `Clone`: return it exactly once.
///
/// One that is dropped instead is no leak: its exchange is presumed lost after
/// [`Policy::exchange_timeout`](super::Policy::exchange_timeout). Tickets are numbers: a ticket of another manager
/// changes nothing as long as this one has no exchange of the same number in flight.
#[derive(Debug)]
#[must_use]
pub struct Ticket(pub(super) u32);

/// The result of an exchange.
#[derive(Debug)]
pub enum Outcome<'a, 'b, D = ()> {
    /// With a token.
    Token(&'a TokenResponse<'b>),
    /// Without one.
    Failed(Failure<D>),
}

/// The next thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// Call `begin` and exchange.
    Exchange(ExchangeReason),
    /// The service refused the credentials that were sent last: ask the credential source whether they were replaced, and call
    /// `credentials_changed` or `credentials_unchanged`. See [`Policy::credentials_check`](super::Policy::credentials_check).
    CheckCredentials,
    /// Nothing until then, unless something happens before.
    Wait {
        /// When to poll again; always later than the `now` of the poll.
        until: Instant,
        /// The reason.
        reason: WaitReason,
    },
    /// Nothing until there is another grant.
    Stop(StopReason),
}

/// The reason of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeReason {
    /// No token yet.
    First,
    /// The token ends soon.
    Refresh,
    /// The token ended, or was unused for too long.
    Expired,
    /// The API refused the token.
    TokenRefused,
    /// There are new credentials.
    CredentialsChanged,
    /// The wait after a failure is over.
    Retry,
}

/// The reason of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitReason {
    /// The token is fresh.
    Fresh,
    /// An exchange is in flight.
    InFlight,
    /// An exchange is due, but the one before began less than
    /// [`Policy::exchange_spacing`](super::Policy::exchange_spacing) ago.
    Spacing,
    /// Transport failed, the service was unavailable, or its answer was of no use.
    Backoff,
    /// The service asked to slow down, or named a time before which it is not to be asked.
    RateLimited,
    /// Credentials or client were refused, or the token is too long: soon asking again would not help.
    Refused,
}

/// The reason of a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The grant is used up, or may be: a new code, refresh token or assertion is needed. The last failure is the cause.
    GrantUsedUp,
}

/// The answer to a caller that needs a token now.
#[derive(Debug)]
pub enum Answer<'a, D = ()> {
    /// Use this.
    Ready(TokenRef<'a>),
    /// An exchange is in flight or due, at the latest after
    /// [`Policy::exchange_spacing`](super::Policy::exchange_spacing): wait for it.
    Pending,
    /// There is none, and waiting does not help.
    Unavailable {
        /// Why.
        failure: &'a Failure<D>,
        /// When the next exchange is due; `None`: not before there is another grant, which takes a new login.
        retry_at: Option<Instant>,
    },
}

/// A live token, borrowed.
#[derive(Clone, Copy)]
pub struct TokenRef<'a> {
    /// The access token.
    pub(super) access_token: &'a [u8],
    /// Which one it is.
    pub generation: Generation,
    /// It must not be used from this moment on.
    ///
    /// With [`Policy::idle_timeout`](super::Policy::idle_timeout) this moves on when a use is reported: ask again.
    pub expires_at: Instant,
}

impl<'a> TokenRef<'a> {
    /// The access token: `b64token` characters only (RFC 6750 section 2.1). Never log it.
    #[must_use]
    pub fn access_token(&self) -> &'a str {
        // The parser has checked it, so the fallback is never taken.
        core::str::from_utf8(self.access_token).unwrap_or_default()
    }

    /// The bytes of the access token, for what does not need to know that they are text: an `Authorization` header.
    #[must_use]
    pub const fn access_token_bytes(&self) -> &'a [u8] {
        self.access_token
    }
}

impl fmt::Debug for TokenRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRef")
            .field("access_token", &format_args!("[redacted]"))
            .field("generation", &self.generation)
            .field("expires_at", &self.expires_at)
            .finish()
    }
}
