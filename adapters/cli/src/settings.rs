//! The layers that settings come from: options, then the file of `--env-file`, then the profile of `--profile`, then the environment, then the
//! profile of `GENESYS_PROFILE` or the default one.

use std::cell::OnceCell;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use genesys_token_tokio::Dotenv;
use zeroize::Zeroizing;

use crate::exit::{Exit, Problem};
use crate::options::{path, text};
use crate::profile::{self, Profile};
use crate::secret_input;
use crate::variable::variable;

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
    /// A setting of a profile.
    Profile { key: &'static str, profile: String },
    /// A file of another tool.
    File(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(name) => f.write_str(name),
            Self::EnvFile { name, path } => write!(f, "{name} in the --env-file {}", path.display()),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
            Self::Systemd(name) => write!(f, "the systemd credential {name}"),
            Self::Profile { key, profile } => write!(f, "{key} of the profile {profile}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}

/// A value and where it was found.
pub(crate) type Found = (Source, Zeroizing<String>);

/// The options, the file of `--env-file`, and the profile.
pub(crate) struct Settings<'a> {
    pub(crate) options: &'a ArgMatches,
    file: Option<(&'a Path, Dotenv)>,
    profile: Option<Profile>,
    fallback: OnceCell<Option<Profile>>,
}

impl<'a> Settings<'a> {
    /// Reads the file of `--env-file`, if that option was given.
    pub(crate) fn read(options: &'a ArgMatches) -> Result<Self, Problem> {
        let file = match path(options, "env-file") {
            Some(path) => {
                const OPTION: &str = "--env-file";
                let read = |path: &Path| Dotenv::read(path).map_err(|error| Problem::setting(OPTION, error));
                let file = secret_input::in_time(Some(options), OPTION, path, read)?;
                Some((path, file))
            }
            None => None,
        };
        let profile = text(options, "profile").map(|name| profile::named("--profile", name)).transpose()?;
        Ok(Self { options, file, profile, fallback: OnceCell::new() })
    }

    /// Returns the profile of `--profile`.
    pub(crate) fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// Returns the profile that is used for what neither options nor environment say. Without `--profile` only: two profiles are not mixed.
    /// It is read when it is needed, because most calls in scripts need none.
    pub(crate) fn fallback(&self) -> Result<Option<&Profile>, Problem> {
        if self.profile.is_some() {
            return Ok(None);
        }
        if let Some(known) = self.fallback.get() {
            return Ok(known.as_ref());
        }
        let found = profile::fallback()?;
        Ok(self.fallback.get_or_init(|| found).as_ref())
    }

    /// Finds a setting in the fallback profile.
    pub(crate) fn in_fallback(&self, names: Names) -> Result<Option<Found>, Problem> {
        Ok(self.fallback()?.and_then(|profile| in_profile(profile, names)))
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

    /// Finds a setting in the file or profile, which was given explicitly, or else in the environment, or else in the fallback profile.
    pub(crate) fn find(&self, names: Names) -> Result<Option<Found>, Problem> {
        if let Some(found) = self.in_file(names) {
            return Ok(Some(found));
        }
        match in_environment(names)? {
            Some(found) => Ok(Some(found)),
            None => self.in_fallback(names),
        }
    }

    /// Finds a setting in the file or the profile that an option names. An empty value counts as not set.
    pub(crate) fn in_file(&self, names: Names) -> Option<Found> {
        self.in_env_file(names).or_else(|| in_profile(self.profile.as_ref()?, names))
    }

    fn in_env_file(&self, names: Names) -> Option<Found> {
        let (path, file) = self.file.as_ref()?;
        let values = names.iter().filter_map(|name| Some((*name, file.value(name)?)));
        let (name, value) = values.into_iter().find(|(_, value)| !value.trim().is_empty())?;
        Some((Source::EnvFile { name, path: path.to_path_buf() }, value))
    }
}

/// Finds a setting in a profile, where `GENESYS_CLIENT_ID` is `client_id`.
fn in_profile(profile: &Profile, names: Names) -> Option<Found> {
    const KEYS: [(&str, &str); 6] = [
        ("GENESYS_CLIENT_ID", "client_id"),
        ("GENESYS_REGION", "region"),
        ("GENESYS_LOGIN_URL", "login_url"),
        ("GENESYS_API_URL", "api_url"),
        ("GENESYS_CA_FILE", "ca_file"),
        ("GENESYS_TOKEN_BROKER", "broker"),
    ];
    let (_, key) = KEYS.into_iter().find(|(name, _)| names.contains(name))?;
    let value = profile.value(key).filter(|value| !value.trim().is_empty())?;
    Some((Source::Profile { key, profile: profile.name.clone() }, value.to_owned().into()))
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
