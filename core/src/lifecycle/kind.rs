//! The kinds of failure, as far as they differ in when to try again.

use super::failure::Failure;
use super::step::WaitReason;
use crate::wire::RefusalClass;

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No connection, or the service is unavailable: may be over at any moment.
    Unavailable,
    /// The service limits the rate.
    RateLimited,
    /// The response is not valid: from a captive portal, for a while, or from a wrong host, until settings change.
    InvalidResponse,
    /// There were no credentials.
    NoCredentials,
    /// An unexpected response; its unknown error code may concern the client.
    Unexpected,
    /// Lasts until a person changes something.
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
            // The next token will be no shorter, and each try leaves a live token at the service.
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

    /// Returns the reason that `Step::Wait` names.
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

    /// Returns whether `Retry-After` replaces the own wait: the cause is the load or the service itself, which knows best.
    pub(super) const fn honours_retry_after(self) -> bool {
        matches!(self, Self::Unavailable | Self::RateLimited)
    }
}
