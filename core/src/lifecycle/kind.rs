//! The kinds of failure that differ in their waits.

use super::failure::Failure;
use super::step::WaitReason;
use crate::wire::RefusalClass;

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No connection, or the service is unavailable: this may end at any moment.
    Unavailable,
    /// The service limits the rate.
    RateLimited,
    /// The response is not valid: a captive portal, for a while, or a wrong host, until the settings change.
    InvalidResponse,
    /// There were no credentials.
    NoCredentials,
    /// An unexpected response. Its unknown error code may concern the client.
    Unexpected,
    /// A failure that lasts until a person changes something.
    Refused,
    /// The endpoint issues tokens that the API refuses.
    TokensRefused,
}

impl Kind {
    pub(super) fn of<D>(failure: &Failure<D>) -> Self {
        match failure {
            Failure::Transport(_)
            | Failure::NotSent(_)
            | Failure::PresumedLost
            | Failure::ExpiredOnArrival => Self::Unavailable,
            Failure::NoCredentials(_) | Failure::SourcePanicked | Failure::Config(_) => Self::NoCredentials,
            Failure::Protocol(_) => Self::InvalidResponse,
            // The next token will not be shorter, and each attempt leaves a valid token at the service.
            Failure::Capacity(_) | Failure::NoRefreshToken => Self::Refused,
            Failure::FreshTokenRefused => Self::TokensRefused,
            Failure::Refused(refusal) => match refusal.class() {
                RefusalClass::Unavailable => Self::Unavailable,
                RefusalClass::RateLimited => Self::RateLimited,
                RefusalClass::Unexpected => Self::Unexpected,
                RefusalClass::Credentials
                | RefusalClass::ClientNotAllowed
                | RefusalClass::Scope
                | RefusalClass::Request
                | RefusalClass::Grant
                | RefusalClass::AccessToken => Self::Refused,
            },
        }
    }

    /// Returns the reason for `Step::Wait`.
    pub(super) const fn reason(self) -> WaitReason {
        match self {
            Self::RateLimited => WaitReason::RateLimited,
            Self::Refused => WaitReason::Refused,
            _ => WaitReason::Backoff,
        }
    }

    /// Returns whether other credentials may help.
    pub(super) const fn credentials_may_help(self) -> bool {
        !matches!(self, Self::Unavailable | Self::RateLimited | Self::InvalidResponse)
    }

    /// Returns whether `Retry-After` replaces the policy's wait: the cause is the load or the service itself, which knows best.
    pub(super) const fn honours_retry_after(self) -> bool {
        matches!(self, Self::Unavailable | Self::RateLimited)
    }
}
