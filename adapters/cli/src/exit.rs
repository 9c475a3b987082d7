//! The exit codes, and the problems that lead to them.

use std::fmt;
use std::process::ExitCode;

use genesys_token_core::settings::ConfigError;
use genesys_token_core::text::CapacityError;

macro_rules! exits {
    ($($variant:ident $code:literal $meaning:literal;)*) => {
        /// Why the process ends. Scripts decide by the number, so a number never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Exit {
            $(#[doc = $meaning] $variant = $code,)*
            /// A device could not talk to the host.
            #[cfg(feature = "probe")]
            NotForDevices = 10,
        }

        /// The table for `--help`.
        pub(crate) const EXIT_CODES: &str = concat!("Exit codes:", $("\n  ", $code, "  ", $meaning,)*);
    };
}

exits! {
    Success 0 "done";
    Other 1 "anything not listed here, for example standard output cannot be written";
    Usage 2 "arguments or settings are wrong; nothing was sent";
    Credentials 3 "the client, or the access token given, was refused";
    NotAllowed 4 "the client is not allowed to do this";
    RateLimited 5 "too many requests; the message says how long to wait";
    Unavailable 6 "the service is unavailable; try again later";
    Network 7 "no connection: name lookup, network, proxy, TLS or time-out";
    Protocol 8 "the answer was not understood, or the request was not: is the host the right one?";
    ScopeMissing 9 "verify: a scope asked for by --require-scope is missing";
}

/// The same for the one command that has another.
#[cfg(feature = "probe")]
pub(crate) const EXIT_CODES_OF_PROBE: &str = "Exit codes:\n  0   a device could talk to the hosts\n  \
    2   arguments or settings are wrong; nothing was sent\n  7   no connection: name lookup, network or time-out\n  \
    10  a device could not talk to one of them; what is printed says why";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why nothing came of it, and what to do next. Holds no secret and no token.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// A setting that cannot work; `of` is where it came from, such as `--region`.
    pub(crate) fn setting(of: &str, error: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, format!("{of}: {error}"))
    }

    /// The same for what core refuses. Nobody who runs a tool can choose a capacity.
    pub(crate) fn config(of: &str, error: &ConfigError) -> Self {
        match error {
            ConfigError::Capacity(error) => Self::setting(of, too_long(error)),
            error => Self::setting(of, error),
        }
    }
}

/// What does not fit, in terms of who wrote it.
pub(crate) fn too_long(error: &CapacityError) -> String {
    let CapacityError { what, needed, capacity } = error;
    format!("the {what} has {needed} bytes, and no {what} has more than {capacity}: copy it again")
}
