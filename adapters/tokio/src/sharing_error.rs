//! Errors of sharing a token.

use std::fmt;
use std::time::Duration;

/// Why no exchange was made for a shared token. The client tries again as after a transport failure.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SharingError {
    /// The store does not answer, and the token that the client has is not close to its end.
    StoreAway {
        /// The last error of the store.
        cause: String,
    },
    /// The store does not answer, and the client has made as many exchanges on its own as it may.
    BudgetUsedUp {
        /// The last error of the store.
        cause: String,
        /// The time until it may make another one.
        free_in: Duration,
    },
    /// Other processes were about to obtain a token, one after the other, and published none.
    OthersFailed,
}

impl fmt::Display for SharingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StoreAway { cause } => {
                write!(
                    f,
                    "the shared token store gave no answer ({cause}): check that it runs and can be reached"
                )
            }
            Self::BudgetUsedUp { cause, free_in } => write!(
                f,
                "the shared token store gave no answer ({cause}), and the budget for exchanges without it is used up for {} s: \
                 check that the store runs and can be reached, and why the token endpoint issued no token",
                free_in.as_secs()
            ),
            Self::OthersFailed => f.write_str(
                "other processes that share this token have obtained none: their logs or status say why",
            ),
        }
    }
}

impl std::error::Error for SharingError {}
