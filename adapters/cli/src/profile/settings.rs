//! The settings of one profile.

use std::fmt;
use std::path::PathBuf;

use toml_edit::{Item, TableLike};

/// Keys of a profile.
const KEYS: [&str; 12] = [
    "region",
    "login_url",
    "api_url",
    "ca_file",
    "client_id",
    "client_secret_file",
    "client_secret_command",
    "client_secret_systemd",
    "client_secret_keyring",
    "refresh_token_file",
    "refresh_token_keyring",
    "broker",
];

/// The keys that say where the secret is; a profile has at most one of them.
const REFERENCES: [&str; 5] = [
    "client_secret_file",
    "client_secret_command",
    "client_secret_systemd",
    "client_secret_keyring",
    "broker",
];

/// The keys that say where the refresh token of a login is; a profile has at most one of them.
const REFRESH_TOKENS: [&str; 2] = ["refresh_token_file", "refresh_token_keyring"];

/// A profile of the configuration file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) values: Vec<(&'static str, String)>,
}

/// The place of a profile's client secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference<'a> {
    File(PathBuf),
    Command(&'a str),
    Systemd(&'a str),
    /// The name of an entry.
    Keyring(&'a str),
}

/// The place of a login's refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RefreshTokenPlace {
    File(PathBuf),
    /// The name of an entry.
    Keyring(String),
}

impl RefreshTokenPlace {
    /// Returns the setting of a profile that names it.
    pub(crate) const fn key(&self) -> &'static str {
        match self {
            Self::File(_) => REFRESH_TOKENS[0],
            Self::Keyring(_) => REFRESH_TOKENS[1],
        }
    }

    fn value(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Keyring(name) => name.clone(),
        }
    }
}

impl fmt::Display for RefreshTokenPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Keyring(name) => write!(f, "the keyring as {name}"),
        }
    }
}

impl Profile {
    /// Returns the value of a key.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    }

    /// Returns where the client secret is.
    pub(crate) fn reference(&self) -> Option<Reference<'_>> {
        let file = self.value("client_secret_file").map(PathBuf::from).map(Reference::File);
        file.or_else(|| self.value("client_secret_command").map(Reference::Command))
            .or_else(|| self.value("client_secret_systemd").map(Reference::Systemd))
            .or_else(|| self.value("client_secret_keyring").map(Reference::Keyring))
    }

    /// Names what a command needs and this profile does not have, such as `no region and no client id`.
    pub(crate) fn lacking(&self) -> Option<String> {
        let has = |keys: &[&str]| keys.iter().any(|key| self.value(key).is_some());
        // A broker has all of it; a command may print the id as well.
        if has(&["broker"]) {
            return None;
        }
        let lacking = [
            (has(&["region", "login_url"]), "no region"),
            (has(&["client_id", "client_secret_command"]), "no client id"),
            (has(&REFERENCES) || has(&REFRESH_TOKENS), "no client secret"),
        ];
        let lacking: Vec<_> = lacking.into_iter().filter(|(has, _)| !has).map(|(_, what)| what).collect();
        match lacking[..] {
            [] => None,
            [only] => Some(only.to_owned()),
            [ref first @ .., last] => Some(format!("{} and {last}", first.join(", "))),
        }
    }

    /// Returns where the refresh token of a login is, if there was one.
    pub(crate) fn refresh_token(&self) -> Option<RefreshTokenPlace> {
        let [file, keyring] = REFRESH_TOKENS;
        let file = self.value(file).map(|path| RefreshTokenPlace::File(path.into()));
        file.or_else(|| Some(RefreshTokenPlace::Keyring(self.value(keyring)?.to_owned())))
    }

    /// Sets where the refresh token is.
    pub(crate) fn set_refresh_token(&mut self, place: &RefreshTokenPlace) {
        self.values.retain(|(key, _)| !REFRESH_TOKENS.contains(key));
        self.values.push((place.key(), place.value()));
    }

    /// Parses the table of a profile.
    pub(super) fn parse(name: &str, table: &dyn TableLike) -> Result<Self, String> {
        let mut values = Vec::new();
        for (key, item) in table.iter() {
            if ["client_secret", "secret", "access_token", "refresh_token"].contains(&key) {
                return Err(format!(
                    "`{key}` is a secret, and secrets do not belong in this file: write it to a file that only you may read, and \
                     set client_secret_file"
                ));
            }
            let Some(known) = KEYS.into_iter().find(|known| *known == key) else {
                return Err(format!("there is no setting `{key}`; the settings are {}", KEYS.join(", ")));
            };
            let value = item.as_str().ok_or_else(|| format!("`{key}` must be a text"))?;
            if known.ends_with("_keyring") && !is_name(value) {
                return Err(format!("`{key}` must be a name of letters, digits, -, _ and ."));
            }
            values.push((known, value.to_owned()));
        }
        let profile = Self { name: name.to_owned(), values };
        for alternatives in [&REFERENCES[..], &REFRESH_TOKENS] {
            let set: Vec<_> =
                alternatives.iter().copied().filter(|key| profile.value(key).is_some()).collect();
            if set.len() > 1 {
                return Err(format!("{} exclude each other", set.join(" and ")));
            }
        }
        Ok(profile)
    }

    /// Returns the keys and values as they are written.
    pub(super) fn items(&self) -> impl Iterator<Item = (&'static str, Item)> {
        self.values.iter().map(|(key, value)| (*key, toml_edit::value(value.as_str())))
    }
}

/// Returns whether this is a valid name of a profile, and of a file.
pub(crate) fn is_name(name: &str) -> bool {
    let legal = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    (1..=64).contains(&name.len()) && name.chars().all(legal) && !name.starts_with('.')
}

/// Returns whether a new profile may have this name. The refresh token of the profile `me` is in the file `me.refresh`, with a lock beside it.
pub(crate) fn is_profile_name(name: &str) -> bool {
    let name_in_small_letters = name.to_ascii_lowercase();
    is_name(name) && ![".refresh", ".lock"].iter().any(|end| name_in_small_letters.ends_with(end))
}
