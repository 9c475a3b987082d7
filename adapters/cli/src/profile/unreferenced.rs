//! Secrets that this program keeps for profiles, removed when no profile refers to them any more.

use std::fmt::{self, Write as _};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::store::{Config, folder_of_secrets};
use super::{keyring, lock};
use crate::exit::{Exit, Problem};

/// The settings that name a file with a secret, and those that name an entry of the keyring.
const FILES: [&str; 2] = ["client_secret_file", "refresh_token_file"];
const ENTRIES: [&str; 2] = ["client_secret_keyring", "refresh_token_keyring"];

/// The places of the secrets that this program keeps for one profile.
pub(crate) struct KeptSecrets {
    profile: String,
    folder: PathBuf,
    files: Vec<PathBuf>,
    entries: Vec<String>,
}

impl KeptSecrets {
    /// Returns those of a profile, if there is one of this name. Files elsewhere belong to the user.
    pub(crate) fn of(config: &Config, name: &str) -> Result<Self, Problem> {
        let folder = folder_of_secrets()?;
        let own = |path: &PathBuf| path.parent().is_some_and(|parent| is_same(parent, &folder));
        let files = FILES.iter().filter_map(|key| config.value(name, key)).map(PathBuf::from).filter(own);
        let entries = ENTRIES.iter().filter_map(|key| config.value(name, key)).map(str::to_owned);
        Ok(Self { profile: name.to_owned(), files: files.collect(), entries: entries.collect(), folder })
    }

    /// Removes those to which no profile of the configuration refers. Returns a line for each; `whose` names them, as `its secret`.
    pub(crate) fn remove_unreferenced(self, config: &Config, whose: &str) -> Result<String, Problem> {
        let mut out = String::new();
        // Writing into a `String` does not fail.
        let stays = |out: &mut String, user: &str, what: &dyn fmt::Display| {
            if user != self.profile {
                let _ = writeln!(out, "{whose} stays, since the profile {user} refers to it: {what}");
            }
        };
        for entry in &self.entries {
            if let Some(user) = config.referring(&ENTRIES, |known| known == entry) {
                stays(&mut out, &user, &format_args!("entry {entry} of the keyring"));
                continue;
            }
            if keyring::remove(format!("{whose} stays in the keyring"), entry)? {
                let _ = writeln!(out, "{whose} was removed from the keyring: {entry}");
            }
            remove_lock(&self.folder.join(entry));
        }
        for file in &self.files {
            let shown = file.display();
            if let Some(user) = config.referring(&FILES, |known| is_same(Path::new(known), file)) {
                stays(&mut out, &user, &shown);
                continue;
            }
            match fs::remove_file(file) {
                Ok(()) => _ = writeln!(out, "{whose} was removed: {shown}"),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let why = format!("{shown} cannot be removed ({error}); remove it by hand");
                    return Err(Problem::new(Exit::Other, why));
                }
            }
            remove_lock(file);
        }
        Ok(out)
    }
}

/// Removes the lock of a refresh token, if there is one.
fn remove_lock(protected: &Path) {
    let _ = fs::remove_file(lock::path_of(protected));
}

/// Returns whether both name one file, however they are written.
fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    one == other || real(one) == real(other)
}
