//! What is wrong, as far as it matters for asking again: every rule that tells failures apart.

use super::failure::Failure;
use super::step::WaitReason;
use crate::wire::RefusalClass;

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Not reached or not at work: may be over any moment.
    Unreached,
    /// Told to slow down.
    RateLimited,
    /// Bytes that are no answer. The peer is not what it should be: a captive portal for a while, or a wrong host for ever.
    Unreadable,
    /// There was nothing to ask with.
    NoCredentials,
    /// An answer of no use; its unknown error code may speak of the client.
    Unexpected,
    /// Lasts until people do something.
    Refused,
    /// The endpoint gives tokens that the API does not take.
    TokensRefused,
}

impl Kind {
    pub(super) fn of<D>(failure: &Failure<D>) -> Self {
        match failure {
            Failure::Transport(_)
            | Failure::NotSent(_)
            | Failure::PresumedLost
            | Failure::ExpiredOnArrival => Self::Unreached,
            Failure::NoCredentials(_) | Failure::SourcePanicked | Failure::Config(_) => Self::NoCredentials,
            Failure::Protocol(_) => Self::Unreadable,
            // The next token will be no shorter, and each try leaves a live token at the service.
            Failure::Capacity(_) | Failure::NoRefreshToken => Self::Refused,
            Failure::FreshTokenRefused => Self::TokensRefused,
            Failure::Refused(refusal) => match refusal.class() {
                RefusalClass::Unavailable => Self::Unreached,
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

    /// What to say that is waited for.
    pub(super) const fn reason(self) -> WaitReason {
        match self {
            Self::RateLimited => WaitReason::RateLimited,
            Self::Refused => WaitReason::Refused,
            _ => WaitReason::Backoff,
        }
    }

    /// Whether other credentials may do better.
    pub(super) const fn may_be_the_credentials(self) -> bool {
        !matches!(self, Self::Unreached | Self::RateLimited | Self::Unreadable)
    }

    /// Whether nothing is wrong but the load or the service itself: of that it knows more, if it says something.
    pub(super) const fn is_known_to_the_service(self) -> bool {
        matches!(self, Self::Unreached | Self::RateLimited)
    }
}
