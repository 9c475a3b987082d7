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

/// The ticket of one exchange. Not `Clone`: return it exactly once.
///
/// If a ticket is dropped instead, its exchange is presumed lost after
/// [`Policy::exchange_timeout`](super::Policy::exchange_timeout). Tickets are numbers: a ticket of another manager changes
/// nothing as long as this one has no exchange of the same number in flight.
#[derive(Debug)]
#[must_use]
pub struct Ticket(pub(super) u32);

/// The result of an exchange.
#[derive(Debug)]
pub enum Outcome<'a, 'b, D = ()> {
    /// The exchange succeeded.
    Token(&'a TokenResponse<'b>),
    /// The exchange failed.
    Failed(Failure<D>),
}

/// The adapter's next action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// Call `begin` and run an exchange.
    Exchange(ExchangeReason),
    /// The service refused the last credentials: check whether the credential source has others, and call `credentials_changed`
    /// or `credentials_unchanged`. See [`Policy::credentials_check`](super::Policy::credentials_check).
    CheckCredentials,
    /// Wait until then, or for the next event.
    Wait {
        /// The time of the next poll; always later than the `now` of this one.
        until: Instant,
        /// The reason of the wait.
        reason: WaitReason,
    },
    /// Wait for another grant.
    Stop(StopReason),
}

/// The reason for an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeReason {
    /// There is no token yet.
    First,
    /// The token ends soon.
    Refresh,
    /// The token ended, or was unused for too long.
    Expired,
    /// The API refused the token.
    TokenRefused,
    /// There are new credentials.
    CredentialsChanged,
    /// The wait after a failure has ended.
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
    /// The transport failed, the service was unavailable, or its response was unusable.
    Backoff,
    /// The service limits the rate, or named a time before which it must not be asked.
    RateLimited,
    /// Credentials or client were refused, or the token is too long: an early retry would not help.
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
    /// There is a valid token.
    Ready(TokenRef<'a>),
    /// An exchange is in flight or due, at the latest after
    /// [`Policy::exchange_spacing`](super::Policy::exchange_spacing): wait for it.
    Pending,
    /// There is no token, and waiting does not help.
    Unavailable {
        /// The last failure.
        failure: &'a Failure<D>,
        /// The time of the next exchange; `None` if there is none before another grant, which requires a new login.
        retry_at: Option<Instant>,
    },
}

/// A valid token, borrowed.
#[derive(Clone, Copy)]
pub struct TokenRef<'a> {
    /// The access token.
    pub(super) access_token: &'a [u8],
    /// Its generation.
    pub generation: Generation,
    /// The time from which it must not be used.
    ///
    /// With [`Policy::idle_timeout`](super::Policy::idle_timeout) a reported use extends it: call
    /// [`TokenManager::token`](super::TokenManager::token) again.
    pub expires_at: Instant,
}

impl<'a> TokenRef<'a> {
    /// Returns the access token: `b64token` characters only (RFC 6750 section 2.1). Never log it.
    #[must_use]
    pub fn access_token(&self) -> &'a str {
        // The parser has checked it, so the fallback is never taken.
        core::str::from_utf8(self.access_token).unwrap_or_default()
    }

    /// Returns the bytes of the access token, for an `Authorization` header.
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
