//! The exit codes, and the problems that lead to them.

use std::fmt::{self, Write as _};
use std::process::ExitCode;

use genesys_token_core::settings::ConfigError;
use genesys_token_core::text::CapacityError;
use serde_json::json;

use crate::color::{Color, Stream, paint};
use crate::trace::Format;

macro_rules! exits {
    ($($variant:ident $code:literal $meaning:literal;)*) => {
        /// The reason why the process ends. Scripts depend on the number, so a number never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(not(all(unix, feature = "probe")), allow(dead_code, reason = "some codes are of commands left out"))]
        pub(crate) enum Exit {
            $(#[doc = $meaning] $variant = $code,)*
        }

        /// Returns the table for `--help`.
        pub(crate) fn exit_codes() -> String {
            let mut out = "Exit codes:".to_owned();
            for (code, meaning) in [$(($code, $meaning),)*] {
                // Writing into a `String` does not fail.
                let _ = write!(out, "\n{code:>5}  {meaning}");
            }
            out
        }
    };
}

exits! {
    Success 0 "done";
    Other 1 "any other failure, for example standard output cannot be written";
    Usage 2 "invalid arguments or settings; nothing was sent";
    Credentials 3 "the client or the given access token was refused";
    NotAllowed 4 "the client is not allowed to do this";
    RateLimited 5 "too many requests; the message says how long to wait";
    Unavailable 6 "the service is unavailable; try again later";
    Network 7 "no connection: name lookup, network, proxy, TLS or timeout";
    Protocol 8 "unexpected response, or the request was not understood; check host and path";
    ScopeMissing 9 "verify: a scope required by --require-scope is missing";
    NotForDevices 10 "probe: a device could not connect to a host";
    CredentialSource 11 "the source of the credentials failed or took too long, for example the command";
    PermissionMissing 12 "verify, audit: a required permission is missing";
    PermissionUnused 13 "audit: a permission is granted that no call needs, with --deny-unused";
    CommandNotRun 126 "exec: the command cannot be run";
    CommandNotFound 127 "exec: the command was not found";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure: the exit code, and a message that says what happened and what to do. Holds no secret and no token.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// Returns the message as it is printed.
    pub(crate) fn shown(&self, format: Format) -> String {
        match format {
            Format::Text => {
                format!("{} {}", paint(Stream::Error, Color::Bad, "genesys-token:"), self.message)
            }
            Format::Json => {
                json!({"error": {"exit_code": self.exit as u8, "message": self.message}}).to_string()
            }
        }
    }

    /// Returns whether another attempt may succeed without a change of the settings.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self.exit, Exit::RateLimited | Exit::Unavailable | Exit::Network)
    }

    /// Returns an invalid setting; `source` is where it was found, such as `--region`.
    pub(crate) fn setting(source: impl fmt::Display, error: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, format!("{source}: {error}"))
    }

    /// Returns a setting that core refuses. Capacities are fixed in this program, so that advice to choose another one is left out.
    pub(crate) fn config(source: impl fmt::Display, error: &ConfigError) -> Self {
        match error {
            ConfigError::Capacity(error) => Self::setting(source, too_long(error)),
            error => Self::setting(source, error),
        }
    }
}

/// Returns a message about a value that is too long, without advice on capacities.
pub(crate) fn too_long(error: &CapacityError) -> String {
    let CapacityError { what, needed, capacity } = error;
    format!("the {what} has {needed} bytes, and no {what} has more than {capacity}; copy it again")
}
