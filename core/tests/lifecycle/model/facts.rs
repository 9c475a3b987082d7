//! The values of which the model consists.

use genesys_token_core::time::Duration;

/// The kinds of failure that have waits of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Transport,
    NoCredentials,
    Unavailable,
    RateLimited,
    Malformed,
    Unexpected,
    Refused,
    TooLong,
    UsedUp,
    FreshTokenRefused,
}

/// The wait that the last failure caused.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hold {
    Nothing,
    Until { time: u64, credentials_may_help: bool },
    Between { least: u64, most: u64, credentials_may_help: bool },
    Stopped,
}

/// The numbers of failures in a row, by kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Streaks {
    pub(super) unreached: u32,
    pub(super) limited: u32,
    pub(super) unreadable: u32,
    pub(super) refused: u32,
    pub(super) tokens_refused: u32,
}

pub(super) fn ms(span: Duration) -> u64 {
    span.as_millis()
}

/// Scales `span` by `random` / 2³².
pub(super) fn share(span: u64, random: u32) -> u64 {
    u64::try_from((u128::from(span) * u128::from(random)) >> 32).expect("less than `span`")
}
