//! The layers that settings come from: options, then the file of `--env-file`, then the environment.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use genesys_token_tokio::Dotenv;
use zeroize::Zeroizing;

use crate::exit::{Exit, Problem};
use crate::options::path;

/// A setting's names, in a file and in the environment; the first that is set counts. The second ones are those that the service's own
/// tools read.
pub(crate) type Names = &'static [&'static str];

pub(crate) const CLIENT_ID: Names = &["GENESYS_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"];
pub(crate) const CLIENT_SECRET: Names = &["GENESYS_CLIENT_SECRET", "GENESYSCLOUD_OAUTHCLIENT_SECRET"];
pub(crate) const REGION: Names = &["GENESYS_REGION", "GENESYSCLOUD_REGION"];
pub(crate) const LOGIN_URL: Names = &["GENESYS_LOGIN_URL"];
pub(crate) const API_URL: Names = &["GENESYS_API_URL"];
pub(crate) const BROKER: Names = &["GENESYS_TOKEN_BROKER"];
pub(crate) const CA_FILE: Names = &["GENESYS_CA_FILE"];

/// Where a setting was found, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// An option of the command line.
    Option(&'static str),
    /// A variable in the file of `--env-file`.
    EnvFile { name: &'static str, path: PathBuf },
    /// An environment variable.
    Variable(&'static str),
    /// A credential that systemd passes to a service.
    Systemd(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(name) => f.write_str(name),
            Self::EnvFile { name, path } => write!(f, "{name} in the --env-file {}", path.display()),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
            Self::Systemd(name) => write!(f, "the systemd credential {name}"),
        }
    }
}

/// A value and where it was found.
pub(crate) type Found = (Source, Zeroizing<String>);

/// The options and the file of `--env-file`.
pub(crate) struct Settings<'a> {
    pub(crate) options: &'a ArgMatches,
    file: Option<(&'a Path, Dotenv)>,
}

impl<'a> Settings<'a> {
    /// Reads the file of `--env-file`, if that option was given.
    pub(crate) fn read(options: &'a ArgMatches) -> Result<Self, Problem> {
        let file = match path(options, "env-file") {
            Some(path) => {
                let file = Dotenv::read(path).map_err(|error| Problem::setting("--env-file", error))?;
                Some((path, file))
            }
            None => None,
        };
        Ok(Self { options, file })
    }

    /// Returns a message about a missing setting; with `--env-file` it names the file.
    pub(crate) fn missing(&self, message: &str, names: Names) -> Problem {
        let message = match (&self.file, names) {
            (Some((path, _)), [name, ..]) => {
                format!(
                    "{message}. {name} is set neither in the --env-file {} nor in the environment",
                    path.display()
                )
            }
            _ => message.to_owned(),
        };
        Problem::new(Exit::Usage, message)
    }

    /// Finds a setting in the file, which was given explicitly, or else in the environment.
    pub(crate) fn find(&self, names: Names) -> Result<Option<Found>, Problem> {
        match self.in_file(names) {
            Some(found) => Ok(Some(found)),
            None => in_environment(names),
        }
    }

    /// Finds a setting in the file. An empty value counts as not set.
    pub(crate) fn in_file(&self, names: Names) -> Option<Found> {
        let (path, file) = self.file.as_ref()?;
        let values = names.iter().filter_map(|name| Some((*name, file.value(name)?)));
        let (name, value) = values.into_iter().find(|(_, value)| !value.is_empty())?;
        Some((Source::EnvFile { name, path: path.to_path_buf() }, value))
    }
}

/// Finds a setting in the environment.
pub(crate) fn in_environment(names: Names) -> Result<Option<Found>, Problem> {
    for name in names {
        if let Some(value) = variable(name)? {
            return Ok(Some((Source::Variable(name), value)));
        }
    }
    Ok(None)
}

/// Returns an environment variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Result<Option<Zeroizing<String>>, Problem> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(Zeroizing::new(value))),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(Problem::setting(name, "the value is not valid UTF-8; set it again as text"))
        }
    }
}
