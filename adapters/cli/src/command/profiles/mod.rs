//! `genesys-token profile`: adds, lists, chooses and removes profiles, and imports those of other tools.

pub(crate) mod import;
mod list;

use std::fmt::Write as _;

use clap::ArgMatches;

use crate::endpoint;
use crate::exit::{Exit, Problem};
use crate::options::{flag, one_of, path, text};
use crate::profile::store::{self, Config, folder_of_secrets, write_secret};
use crate::profile::unreferenced::KeptSecrets;
use crate::profile::{Profile, is_name, is_profile_name, keyring, unknown_name};
use crate::secret_input;
use crate::settings::Source;
use import::Tool;

const EMPTY: &str = "a profile without settings would change nothing: give --region and --client-id, and where the client secret is; see \
    --help";

/// Runs the command that was chosen; returns the text to print.
pub(crate) fn run(options: &ArgMatches) -> Result<String, Problem> {
    match options.subcommand() {
        Some(("add", options)) => add(options),
        Some(("list", options)) => list::run(flag(options, "names")),
        Some(("use", options)) => choose(&name(options)?),
        Some(("remove", options)) => remove(&name(options)?),
        Some(("import", options)) => import_from(options),
        _ => Err(Problem::new(Exit::Usage, "no command was given; see --help")),
    }
}

fn name(options: &ArgMatches) -> Result<String, Problem> {
    let name = text(options, "name").unwrap_or_default();
    if is_name(name) {
        return Ok(name.to_owned());
    }
    Err(Problem::new(
        Exit::Usage,
        "the name of a profile has letters, digits, -, _ and ., at most 64 of them, and does not begin with a dot",
    ))
}

fn add(options: &ArgMatches) -> Result<String, Problem> {
    let name = name(options)?;
    if !is_profile_name(&name) {
        let why =
            "the name of a profile does not end with .refresh or .lock, since files of other profiles do";
        return Err(Problem::new(Exit::Usage, why));
    }
    let mut config = store::read_or_new()?;
    if config.names().contains(&name) && !flag(options, "replace") {
        let why =
            format!("there is a profile {name} already: replace it with --replace, or choose another name");
        return Err(Problem::new(Exit::Usage, why));
    }
    let mut profile = Profile { name, ..Profile::default() };
    let mut set =
        |key: &'static str, value: Option<String>| profile.values.extend(value.map(|value| (key, value)));
    if let Some(region) = text(options, "region") {
        endpoint::check_region(&Source::Option("--region"), region)?;
        set("region", Some(region.to_owned()));
    }
    for (key, option) in [
        ("login_url", "login-host"),
        ("api_url", "api-host"),
        ("client_id", "client-id"),
        ("broker", "broker"),
    ] {
        set(key, text(options, option).map(str::to_owned));
    }
    set("ca_file", absolute(options, "ca-file")?);
    set("client_secret_command", text(options, "credentials-command").map(str::to_owned));
    set("client_secret_systemd", text(options, "systemd-credential").map(str::to_owned));
    if flag(options, "keyring") {
        if let Some(file) = path(options, "client-secret-file") {
            let secret = secret_input::read("--client-secret-file", file)?;
            keyring::write("--keyring", &profile.name, &secret)?;
        }
        profile.values.push(("client_secret_keyring", profile.name.clone()));
    } else if path(options, "client-secret-file").is_some_and(|file| file.as_os_str() == "-") {
        let secret = secret_input::read("--client-secret-file", "-".as_ref())?;
        let file = folder_of_secrets()?.join(&profile.name);
        write_secret(&file, &secret)?;
        profile.values.push(("client_secret_file", file.display().to_string()));
    } else {
        let file = absolute(options, "client-secret-file")?;
        profile.values.extend(file.map(|file| ("client_secret_file", file)));
    }
    if profile.values.is_empty() {
        return Err(Problem::new(Exit::Usage, EMPTY));
    }
    save(&mut config, &[profile])
}

/// Returns the path from the root: the profile is used from other folders.
fn absolute(options: &ArgMatches, option: &str) -> Result<Option<String>, Problem> {
    let Some(file) = path(options, option) else { return Ok(None) };
    let absolute =
        std::path::absolute(file).map_err(|error| Problem::setting(format!("--{option}"), error))?;
    Ok(Some(absolute.display().to_string()))
}

/// Writes the profiles, and removes the secrets of those that they replace.
fn save(config: &mut Config, profiles: &[Profile]) -> Result<String, Problem> {
    let mut out = String::new();
    let mut replaced = Vec::new();
    for profile in profiles {
        replaced.push((&profile.name, KeptSecrets::of(config, &profile.name)?));
        config.insert(profile);
        // Writing into a `String` does not fail.
        let _ = writeln!(out, "profile {} was written to {}", profile.name, config.path.display());
        if let Some(lacking) = profile.lacking() {
            let _ =
                writeln!(out, "it has {lacking}: options or the environment have to name what is missing");
        }
    }
    if let (None, [first, ..]) = (config.default_name(), profiles) {
        config.set_default(&first.name);
        let _ = writeln!(out, "profile {} is the default now", first.name);
    }
    config.write()?;
    for (name, kept) in replaced {
        let whose = format!("the secret of the replaced profile {name}");
        out.push_str(&kept.remove_unreferenced(config, &whose)?);
    }
    Ok(out)
}

fn choose(name: &str) -> Result<String, Problem> {
    let mut config = store::read_or_new()?;
    if !config.names().iter().any(|known| known == name) {
        return Err(Problem::new(Exit::Usage, unknown_name(name, &config.names())));
    }
    config.set_default(name);
    config.write()?;
    Ok(format!("profile {name} is the default now\n"))
}

/// Removes the secret as well if this program stores it.
fn remove(name: &str) -> Result<String, Problem> {
    let mut config = store::read_or_new()?;
    if !config.names().iter().any(|known| known == name) {
        return Err(Problem::new(Exit::Usage, unknown_name(name, &config.names())));
    }
    let kept = KeptSecrets::of(&config, name)?;
    let was_default = config.default_name().as_deref() == Some(name);
    config.remove(name);
    config.write()?;
    let mut out = format!("profile {name} was removed\n");
    if was_default && !config.names().is_empty() {
        // Writing into a `String` does not fail.
        let _ =
            writeln!(out, "there is no default profile now; `genesys-token profile use NAME` chooses one");
    }
    out.push_str(&kept.remove_unreferenced(&config, "its secret")?);
    Ok(out)
}

fn import_from(options: &ArgMatches) -> Result<String, Problem> {
    let tool: Tool =
        one_of(options, "tool").ok_or_else(|| Problem::new(Exit::Usage, "no tool was given; see --help"))?;
    let file = match path(options, "file") {
        Some(file) => file.to_owned(),
        None => tool
            .file()
            .ok_or_else(|| Problem::setting("--file", "give the file: the home folder is not known"))?,
    };
    let found = import::read(tool, &file)?;
    // Before any secret is written.
    for import::Found { region, .. } in &found {
        endpoint::check_region(&Source::File(file.clone()), region)?;
    }
    let mut config = store::read_or_new()?;
    let names = config.names();
    let mut profiles = Vec::new();
    let mut secrets = Vec::new();
    let mut out = String::new();
    for import::Found { name, region, client_id, secret } in found {
        if names.contains(&name) && !flag(options, "replace") {
            let _ = writeln!(out, "profile {name} was left as it is; --replace replaces it");
            continue;
        }
        let mut values = vec![("region", region)];
        values.extend(client_id.map(|id| ("client_id", id)));
        if let Some(secret) = secret {
            let file = folder_of_secrets()?.join(&name);
            write_secret(&file, &secret)?;
            values.push(("client_secret_file", file.display().to_string()));
            secrets.push(file.display().to_string());
        }
        profiles.push(Profile { name, values });
    }
    if !profiles.is_empty() {
        out.push_str(&save(&mut config, &profiles)?);
    }
    if !secrets.is_empty() {
        let (copies, file) = (secrets.join(", "), file.display());
        let _ = writeln!(out, "client secrets were copied to {copies}; {file} still contains them");
    }
    Ok(out)
}
