//! The configuration file and the files of secrets: where they are, and how they are written.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table};

use super::settings::{Profile, is_name};
use crate::exit::{Exit, Problem};

const FOLDER: &str = "genesys-token";

/// The configuration file as it was read.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) path: PathBuf,
    document: DocumentMut,
}

/// Returns the folder of the configuration (XDG Base Directory Specification; on Windows the folder for settings that follow the user).
fn folder() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_CONFIG_HOME").filter(|path| path.is_absolute()).or_else(|| {
        if cfg!(windows) { set("APPDATA") } else { set("HOME").map(|home| home.join(".config")) }
    });
    base.map(|base| base.join(FOLDER))
}

/// Returns the folder for secrets that this program stores.
pub(crate) fn folder_of_secrets() -> Result<PathBuf, Problem> {
    folder().map(|folder| folder.join("secrets")).ok_or_else(no_home)
}

/// Reads the configuration file; `None` if there is none.
pub(crate) fn read() -> Result<Option<Config>, Problem> {
    let Some(path) = folder().map(|folder| folder.join("config.toml")) else { return Ok(None) };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(invalid(&path, &format!("it cannot be read ({error}); check its permissions")));
        }
    };
    // The parser's own message quotes the file.
    let document = text.parse::<DocumentMut>().map_err(|error: toml_edit::TomlError| {
        invalid(&path, &format!("it is not TOML: {}", error.message()))
    })?;
    let known = |key: &str| key == "default" || key == "profiles";
    if let Some((key, _)) = document.iter().find(|(key, _)| !known(key)) {
        let why =
            format!("there is no setting `{}`; it has `default` and [profiles.NAME] tables", shown(key));
        return Err(invalid(&path, &why));
    }
    Ok(Some(Config { path, document }))
}

/// Reads the configuration file, or begins one.
pub(crate) fn read_or_new() -> Result<Config, Problem> {
    let path = folder().ok_or_else(no_home)?.join("config.toml");
    Ok(read()?.unwrap_or(Config { path, document: DocumentMut::new() }))
}

impl Config {
    pub(crate) fn names(&self) -> Vec<String> {
        let profiles = self.document.get("profiles").and_then(Item::as_table_like);
        profiles.into_iter().flat_map(|profiles| profiles.iter().map(|(name, _)| name.to_owned())).collect()
    }

    pub(crate) fn default_name(&self) -> Option<String> {
        self.document.get("default").and_then(Item::as_str).map(str::to_owned)
    }

    pub(crate) fn profile(&self, name: &str) -> Result<Option<Profile>, Problem> {
        let item = self.document.get("profiles").and_then(|profiles| profiles.get(name));
        let Some(item) = item else { return Ok(None) };
        let profile = item.as_table_like().ok_or_else(|| "it is not a table".to_owned());
        let profile = profile.and_then(|table| Profile::parse(name, table));
        profile.map(Some).map_err(|why| invalid(&self.path, &format!("[profiles.{name}]: {why}")))
    }

    /// Returns a setting of a profile, of one that is not valid as well.
    pub(crate) fn value(&self, name: &str, key: &str) -> Option<&str> {
        self.document.get("profiles")?.get(name)?.get(key)?.as_str()
    }

    /// Returns the name of a profile in which one of these settings has such a value.
    pub(crate) fn referring(&self, keys: &[&str], is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let refers = |name: &String| keys.iter().filter_map(|key| self.value(name, key)).any(&is_meant);
        self.names().into_iter().find(refers)
    }

    /// Sets the profile that is used unless another one is named.
    pub(crate) fn set_default(&mut self, name: &str) {
        self.document["default"] = toml_edit::value(name);
    }

    /// Adds a profile or replaces it.
    pub(crate) fn insert(&mut self, profile: &Profile) {
        let mut table = Table::new();
        for (key, item) in profile.items() {
            table.insert(key, item);
        }
        let profiles = self.document.entry("profiles").or_insert_with(|| {
            let mut profiles = Table::new();
            profiles.set_implicit(true);
            Item::Table(profiles)
        });
        if let Some(profiles) = profiles.as_table_like_mut() {
            profiles.insert(&profile.name, Item::Table(table));
        }
    }

    /// Removes a profile; it is then no longer the default, either.
    pub(crate) fn remove(&mut self, name: &str) {
        if let Some(profiles) = self.document.get_mut("profiles").and_then(Item::as_table_like_mut) {
            profiles.remove(name);
        }
        if self.default_name().as_deref() == Some(name) {
            self.document.remove("default");
        }
    }

    /// Writes the file, comments included.
    pub(crate) fn write(&self) -> Result<(), Problem> {
        write_private(&self.path, self.document.to_string().as_bytes())
    }
}

/// Writes a secret to a file that only its owner may read.
pub(crate) fn write_secret(path: &Path, secret: &str) -> Result<(), Problem> {
    write_private(path, secret.as_bytes())
}

/// Writes a file that only its owner may read: a new one beside the old one, which it then replaces, so that a reader always finds a
/// complete file.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), Problem> {
    let written = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            create_private(folder)?;
        }
        let temporary = path.with_extension(format!("new-{}", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        let renamed = file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| {
            drop(file);
            fs::rename(&temporary, path)
        });
        if renamed.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        renamed
    };
    written().map_err(|error| {
        let why =
            format!("{} cannot be written ({error}); check the permissions of its folder", path.display());
        Problem::new(Exit::Other, why)
    })
}

pub(super) fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Returns the valid beginning of a name; the rest may be a secret in the wrong place.
pub(crate) fn shown(name: &str) -> &str {
    if is_name(name) && name.len() <= 32 { name } else { "…" }
}

fn invalid(path: &Path, why: &str) -> Problem {
    Problem::setting(format!("the configuration file {}", path.display()), why)
}

fn no_home() -> Problem {
    let name = if cfg!(windows) { "APPDATA" } else { "HOME" };
    Problem::new(Exit::Usage, format!("there is no folder for profiles: set {name} or XDG_CONFIG_HOME"))
}
