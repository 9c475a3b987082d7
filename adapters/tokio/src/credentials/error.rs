//! Errors of credential sources.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use genesys_token_core::settings::ConfigError;

/// Why a credential source returned no credentials. Contains no part of what the source read.
#[derive(Debug)]
#[non_exhaustive]
pub enum CredentialError {
    /// This environment variable is not set, empty, or not Unicode.
    VariableMissing {
        /// Its name.
        name: String,
        /// The `.env` file that does not set it either, if there is one.
        dotenv: Option<PathBuf>,
    },
    /// The value of this environment variable begins and ends with a quote.
    VariableQuoted {
        /// Its name.
        name: String,
    },
    /// The file could not be read.
    File {
        /// Its path.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The file is longer than allowed, or not UTF-8.
    FileContent {
        /// Its path.
        path: PathBuf,
    },
    /// A line of the `.env` file is not `NAME=value`.
    Dotenv {
        /// The path of the file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// `CREDENTIALS_DIRECTORY` is not set: the process was not started by systemd with credentials.
    NoCredentialsDirectory,
    /// The command could not be started.
    CommandStart {
        /// The program.
        program: String,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The command failed.
    CommandStatus {
        /// The program.
        program: String,
        /// Its exit code; `None` if a signal ended it.
        code: Option<i32>,
        /// The last lines of its standard error, at most 300 characters.
        stderr: String,
    },
    /// The output of the command contains no credentials.
    CommandOutput {
        /// The program.
        program: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The client id or client secret is not valid.
    Invalid(ConfigError),
    /// The source did not return within this time.
    TimedOut(Duration),
    /// Another process has held the refresh token for this long: see
    /// [`refresh_token_store`](crate::TokenClientBuilder::refresh_token_store).
    RefreshTokenHeld(Duration),
    /// The source panicked, or the function of [`on_refresh_token`](crate::TokenClientBuilder::on_refresh_token) did.
    Panicked,
    /// An error of another source. It is displayed: it must not contain a secret.
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl From<ConfigError> for CredentialError {
    fn from(error: ConfigError) -> Self {
        Self::Invalid(error)
    }
}

impl CredentialError {
    /// Returns [`VariableQuoted`](Self::VariableQuoted) if the value of an environment variable begins and ends with the same quote: neither an
    /// id nor a secret nor a region of the service does, but `docker --env-file` makes quotes a part of the value.
    ///
    /// # Errors
    /// That one.
    pub fn check_quotes(name: &str, value: &str) -> Result<(), Self> {
        let is_between = |quote| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
        if is_between('"') || is_between('\'') {
            return Err(Self::VariableQuoted { name: name.to_owned() });
        }
        Ok(())
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
                write!(
                    f,
                    "{} is not UTF-8 text (Windows PowerShell writes UTF-16 with >), or too long: check that it is the right file, and save it \
                     in UTF-8",
                    path.display()
                )
            }
            Self::VariableQuoted { name } => write!(
                f,
                "the value of {name} begins and ends with a quote: docker --env-file and similar readers keep quotes as a part of the \
                 value; write it without them"
            ),
            Self::Dotenv { path, line, problem } => write!(f, "{}, line {line}: {problem}", path.display()),
            Self::NoCredentialsDirectory => f.write_str(
                "CREDENTIALS_DIRECTORY is not set: start this program as a systemd service with LoadCredential= or \
                 LoadCredentialEncrypted=, or give the paths of the files",
            ),
            Self::CommandStart { program, error } => {
                write!(
                    f,
                    "the command {program} could not be started ({error}): check its path and its permissions"
                )
            }
            Self::CommandStatus { program, code, stderr } => {
                match code {
                    Some(code) => write!(f, "the command {program} failed with exit code {code}")?,
                    None => write!(f, "the command {program} was ended by a signal")?,
                }
                match stderr.as_str() {
                    "" => f.write_str(": run it manually to see the cause"),
                    stderr => write!(f, "; it reported: {stderr}"),
                }
            }
            Self::CommandOutput { program, problem } => {
                write!(f, "the output of the command {program} {problem}")
            }
            Self::Invalid(error) => error.fmt(f),
            Self::TimedOut(limit) => write!(
                f,
                "the credential source did not return within {}: check what it waits for, or raise credentials_timeout",
                genesys_token_core::time::Duration::from(*limit)
            ),
            Self::RefreshTokenHeld(limit) => write!(
                f,
                "another process has been using the same refresh token for {}: check what it waits for, and try again",
                genesys_token_core::time::Duration::from(*limit)
            ),
            Self::Panicked => f.write_str(
                "the credential source, or the function of on_refresh_token, panicked: see the panic message of the program",
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
