//! Errors of a login.

use std::fmt;
use std::io;
use std::time::Duration;

use genesys_token_core::wire::authorization::AuthorizationError;

/// The reason why a login returned no grant.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// The redirect URI does not lead to the loopback interface.
    RedirectUri,
    /// The address of the redirect URI cannot be listened on.
    Listen {
        /// The host and port.
        address: String,
        /// The error of the operating system.
        error: io::Error,
    },
    /// There is no cryptography with randomness and SHA-256: the feature `ring` is off, and the process has no default provider.
    NoCryptography,
    /// No redirect arrived within this time.
    TimedOut {
        /// The time.
        after: Duration,
        /// The number of redirects that belonged to another authorization request.
        of_other_requests: usize,
    },
    /// The redirect contains no code for this request.
    Redirect(AuthorizationError),
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RedirectUri => f.write_str(
                "the redirect URI cannot be listened on: use http with localhost, 127.0.0.1 or [::1], a port and a path, such as \
                 http://localhost:8085/callback, and register the same with the OAuth client",
            ),
            Self::Listen { address, error } => write!(
                f,
                "{address} cannot be listened on ({error}): end the program that uses the port, or register a redirect URI with another one"
            ),
            Self::NoCryptography => f.write_str(
                "no cryptography: enable the feature `ring`, or install a default CryptoProvider for the process",
            ),
            Self::TimedOut { after, of_other_requests } => {
                write!(f, "the browser did not return within {} s", after.as_secs())?;
                if *of_other_requests > 0 {
                    return f.write_str(", but redirects of another login arrived: begin again, and finish the newest login");
                }
                f.write_str(": begin again, and check that the OAuth client has this redirect URI")
            }
            Self::Redirect(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LoginError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { error, .. } => Some(error),
            Self::Redirect(error) => Some(error),
            Self::RedirectUri | Self::NoCryptography | Self::TimedOut { .. } => None,
        }
    }
}

impl From<AuthorizationError> for LoginError {
    fn from(error: AuthorizationError) -> Self {
        Self::Redirect(error)
    }
}
