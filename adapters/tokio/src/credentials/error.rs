//! Why a credential source gave none.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use genesys_token_core::settings::ConfigError;

/// A credential source gave no credentials. Holds no part of what it read.
#[derive(Debug)]
#[non_exhaustive]
pub enum CredentialError {
    /// This environment variable is not set, empty, or not text.
    VariableMissing {
        /// Its name.
        name: String,
        /// The `.env` file that does not set it either, if one was asked for.
        dotenv: Option<PathBuf>,
    },
    /// The file could not be read.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file is longer than any secret, or not text.
    FileContent {
        /// Which.
        path: PathBuf,
    },
    /// A line of the `.env` file is not `NAME=value`.
    Dotenv {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// `CREDENTIALS_DIRECTORY` is not set: the process was not started by systemd with credentials.
    NoCredentialsDirectory,
    /// The command could not be started.
    CommandStart {
        /// Which.
        program: String,
        /// Why.
        error: io::Error,
    },
    /// The command failed.
    CommandStatus {
        /// Which.
        program: String,
        /// Its exit code; `None` if a signal ended it.
        code: Option<i32>,
    },
    /// The command's output is not understood.
    CommandOutput {
        /// Which.
        program: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// What was found is no client id or client secret.
    Invalid(ConfigError),
    /// The source did not answer in time.
    Timeout(Duration),
    /// The source panicked, or the observer of refresh tokens did.
    Panicked,
    /// What a source of your own has to say. It is shown: it must hold no secret.
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl From<ConfigError> for CredentialError {
    fn from(error: ConfigError) -> Self {
        Self::Invalid(error)
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VariableMissing { name, dotenv: None } => {
                write!(
                    f,
                    "the environment variable {name} is not set: set it to the value from the OAuth client's page"
                )
            }
            Self::VariableMissing { name, dotenv: Some(path) } => {
                write!(f, "{name} is set neither in the environment nor in {}: add it", path.display())
            }
            Self::File { path, error } => {
                write!(
                    f,
                    "{} could not be read ({error}): check that it exists and that this user may read it",
                    path.display()
                )
            }
            Self::FileContent { path } => {
                write!(f, "{} is not text, or far too long: check that it is the right file", path.display())
            }
            Self::Dotenv { path, line, problem } => write!(f, "{}, line {line}: {problem}", path.display()),
            Self::NoCredentialsDirectory => f.write_str(
                "CREDENTIALS_DIRECTORY is not set: start this program by systemd with LoadCredential= or \
                 LoadCredentialEncrypted=, or name the files themselves",
            ),
            Self::CommandStart { program, error } => {
                write!(
                    f,
                    "the command {program} could not be started ({error}): check its path and its permissions"
                )
            }
            Self::CommandStatus { program, code: Some(code) } => {
                write!(f, "the command {program} failed with exit code {code}: run it by hand to see why")
            }
            Self::CommandStatus { program, code: None } => {
                write!(f, "the command {program} was ended by a signal: run it by hand to see why")
            }
            Self::CommandOutput { program, problem } => {
                write!(f, "the output of the command {program} {problem}")
            }
            Self::Invalid(error) => error.fmt(f),
            Self::Timeout(limit) => write!(
                f,
                "the credential source gave nothing within {}: check what it waits for, or raise credentials_timeout",
                genesys_token_core::time::Duration::from(*limit)
            ),
            Self::Panicked => f.write_str(
                "the credential source, or the observer of refresh tokens, panicked: see the program's own messages",
            ),
            Self::Other(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CredentialError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { error, .. } | Self::CommandStart { error, .. } => Some(error),
            Self::Invalid(error) => Some(error),
            Self::Other(error) => Some(&**error),
            _ => None,
        }
    }
}
