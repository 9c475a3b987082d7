//! The settings of one profile.

use std::path::PathBuf;

use toml_edit::{Item, TableLike};

/// Keys of a profile.
const KEYS: [&str; 10] = [
    "region",
    "login_url",
    "api_url",
    "ca_file",
    "client_id",
    "client_secret_file",
    "client_secret_command",
    "client_secret_systemd",
    "refresh_token_file",
    "broker",
];

/// The keys that say where the secret is; a profile has at most one of them.
const REFERENCES: [&str; 4] =
    ["client_secret_file", "client_secret_command", "client_secret_systemd", "broker"];

/// A profile of the configuration file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) values: Vec<(&'static str, String)>,
}

/// Where the client secret of a profile is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference<'a> {
    File(PathBuf),
    Command(&'a str),
    Systemd(&'a str),
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
    }

    /// Returns the file with the refresh token of a login.
    pub(crate) fn refresh_token_file(&self) -> Option<PathBuf> {
        self.value("refresh_token_file").map(PathBuf::from)
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
            values.push((known, value.to_owned()));
        }
        let profile = Self { name: name.to_owned(), values };
        let references: Vec<_> = REFERENCES.into_iter().filter(|key| profile.value(key).is_some()).collect();
        if references.len() > 1 {
            return Err(format!("{} exclude each other", references.join(" and ")));
        }
        Ok(profile)
    }

    /// Returns the keys and values as they are written.
    pub(super) fn items(&self) -> impl Iterator<Item = (&'static str, Item)> {
        self.values.iter().map(|(key, value)| (*key, toml_edit::value(value.as_str())))
    }
}
