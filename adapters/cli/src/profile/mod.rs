//! Profiles: named settings in a configuration file, which names the places of secrets but does not contain them.
//!
//! `config.toml` in the folder `genesys-token` of `XDG_CONFIG_HOME` (`~/.config`, on Windows `APPDATA`):
//!
//! ```toml
//! default = "work"                  # the profile without --profile and GENESYS_PROFILE
//!
//! [profiles.work]
//! region = "eu_central_1"           # or login_url and api_url
//! client_id = "…"
//! client_secret_file = "/run/secrets/genesys"
//! # or client_secret_command = "vault read -field=secret genesys/work"
//! # or client_secret_systemd = "genesys-client-secret"
//! # or client_secret_keyring = "work"   # an entry of the desktop's keyring
//! # or broker, an address as GENESYS_TOKEN_BROKER takes
//! # refresh_token_file = "…"        # written by `login`, or refresh_token_keyring
//! # ca_file = "/etc/ssl/company.pem"
//! ```

pub(crate) mod keyring;
mod lock;
pub(crate) mod refresh_token;
mod settings;
pub(crate) mod store;
pub(crate) mod unreferenced;

use crate::exit::Problem;
use crate::variable::variable;
pub(crate) use settings::{Profile, Reference, RefreshTokenPlace, is_name, is_profile_name};
pub(crate) use store::write_private;

/// The variable that names a profile.
const VARIABLE: &str = "GENESYS_PROFILE";

/// Reads the profile of this name; `source` is where the name was found.
pub(crate) fn named(source: &str, name: &str) -> Result<Profile, Problem> {
    let config = store::read()?.ok_or_else(|| no_such(source, name, &[]))?;
    config.profile(name)?.ok_or_else(|| no_such(source, name, &config.names()))
}

/// Reads the profile that `GENESYS_PROFILE` names, or the default one, if there is any.
pub(crate) fn fallback() -> Result<Option<Profile>, Problem> {
    if let Some(name) = variable(VARIABLE)? {
        return named(VARIABLE, &name).map(Some);
    }
    let Some(config) = store::read()? else { return Ok(None) };
    match config.default_name() {
        Some(name) => {
            config.profile(&name)?.map(Some).ok_or_else(|| no_such("default", &name, &config.names()))
        }
        None => Ok(None),
    }
}

/// Returns the names of all profiles if none of them is the default one.
pub(crate) fn names_without_default() -> Vec<String> {
    let config = store::read().ok().flatten();
    config.filter(|config| config.default_name().is_none()).map(|config| config.names()).unwrap_or_default()
}

fn no_such(source: &str, name: &str, names: &[String]) -> Problem {
    Problem::setting(source, unknown_name(name, names))
}

/// Returns a message about a name that belongs to no profile.
pub(crate) fn unknown_name(name: &str, names: &[String]) -> String {
    let known = match names {
        [] => "there are none yet; `genesys-token profile add` makes one".to_owned(),
        names => format!("the profiles are {}", names.join(", ")),
    };
    format!("there is no profile `{}`; {known}", store::shown(name))
}
