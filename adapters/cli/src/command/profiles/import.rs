//! Settings of the service's own tools: `gc` and the SDKs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use serde_json::Value;
use toml_edit::{Document, Item};
use zeroize::Zeroizing;

use crate::exit::Problem;
use crate::profile::is_profile_name;

/// The tool whose settings are imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Gc,
    Python,
    JavaScript,
}

impl clap::ValueEnum for Tool {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Gc, Self::Python, Self::JavaScript]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Gc => PossibleValue::new("gc").help("the service's command line tool: ~/.gc/config.toml"),
            Self::Python => PossibleValue::new("python").help("the Python SDK: ~/.genesyscloudpython/config"),
            Self::JavaScript => {
                PossibleValue::new("javascript").help("the JavaScript SDK: ~/.genesyscloudjavascript/config")
            }
        })
    }
}

impl Tool {
    /// Returns the file of its settings.
    pub(super) fn file(self) -> Option<PathBuf> {
        let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        let home = PathBuf::from(env::var_os(home).filter(|home| !home.is_empty())?);
        Some(home.join(match self {
            Self::Gc => ".gc/config.toml",
            Self::Python => ".genesyscloudpython/config",
            Self::JavaScript => ".genesyscloudjavascript/config",
        }))
    }
}

/// The settings that a profile can hold.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) client_id: Option<String>,
    pub(super) secret: Option<Zeroizing<String>>,
}

/// Reads the settings.
pub(super) fn read(tool: Tool, file: &Path) -> Result<Vec<Found>, Problem> {
    let failed = |why: String| Problem::setting("--file", format!("{}: {why}", file.display()));
    let text = fs::read_to_string(file).map(Zeroizing::new);
    let text = text.map_err(|error| {
        failed(format!("it cannot be read ({error}); check its name and its permissions"))
    })?;
    match tool {
        Tool::Gc => of_gc(&text),
        Tool::Python => of_sdk("python", &text),
        Tool::JavaScript => of_sdk("javascript", &text),
    }
    .map_err(failed)
}

/// `gc` has a table for each profile, with the client id as `client_credentials`.
fn of_gc(text: &str) -> Result<Vec<Found>, String> {
    // The parser's own message quotes the file.
    let document = Document::parse(text).map_err(|_| "it is not TOML".to_owned())?;
    let mut found = Vec::new();
    for (name, item) in document.iter() {
        let Some(table) = item.as_table_like() else { continue };
        let value = |key: &str| table.get(key).and_then(Item::as_str).filter(|value| !value.is_empty());
        if !is_profile_name(name) {
            return Err("a profile has a name that is not possible here; rename it".to_owned());
        }
        found.push(Found {
            name: name.to_owned(),
            // The default of `gc`.
            region: value("environment").unwrap_or("mypurecloud.com").to_owned(),
            client_id: value("client_credentials").map(str::to_owned),
            secret: value("client_secret").map(|secret| Zeroizing::new(secret.to_owned())),
        });
    }
    if found.is_empty() { Err("it has no profiles".to_owned()) } else { Ok(found) }
}

/// The SDKs keep the API host (`host` in `general`), in JSON or INI, and no credentials.
fn of_sdk(name: &str, text: &str) -> Result<Vec<Found>, String> {
    let host = match serde_json::from_str::<Value>(text) {
        Ok(json) => json["general"]["host"].as_str().map(str::to_owned),
        Err(_) => of_ini(text, "general", "host").map(str::to_owned),
    };
    let host = host.ok_or("it has no `host` in the section `general`, so there is nothing to import")?;
    let host = host.split_once("://").map_or(host.as_str(), |(_, host)| host);
    let domain = host.trim_end_matches('/').trim_start_matches("api.").to_owned();
    Ok(vec![Found { name: name.to_owned(), region: domain, client_id: None, secret: None }])
}

fn of_ini<'t>(text: &'t str, section: &str, key: &str) -> Option<&'t str> {
    let mut is_inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_inside = name.trim() == section;
        } else if is_inside
            && let Some((name, value)) = line.split_once(['=', ':'])
            && name.trim() == key
        {
            return Some(value.trim()).filter(|value| !value.is_empty());
        }
    }
    None
}
