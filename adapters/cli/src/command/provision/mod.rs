//! `genesys-token provision`: writes and reads the flash region from which a gateway's firmware takes its settings.

mod uf2;

use std::fs;
use std::path::Path;

use clap::ArgMatches;
use clap::builder::PossibleValue;
use genesys_token_provision::{Image, MAX_TEXT, Region, RegionError, Settings};
use zeroize::Zeroizing;

use crate::exit::{Exit, Problem};
use crate::options::{one_of, path, text};
use crate::profile::write_private;
use crate::secret_input;
pub(crate) use uf2::Family;

/// The format of the file with a region.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Format {
    #[default]
    Bin,
    Uf2,
}

impl clap::ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Bin, Self::Uf2]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Bin => PossibleValue::new("bin").help("its bytes, for a debug probe"),
            Self::Uf2 => PossibleValue::new("uf2").help("for a boot loader that appears as a disk"),
        })
    }
}

/// The setting that a file of its own may hold.
const SECRET: &str = "client-secret";
/// The settings that are never printed.
const SECRETS: [&str; 2] = [SECRET, "wifi-password"];

/// The largest slot, in bytes.
const MAX_SLOT: u32 = 1024 * 1024;

/// Runs a subcommand, and returns what it prints.
pub(crate) fn run(options: &ArgMatches) -> Result<String, Problem> {
    match options.subcommand() {
        Some(("write", options)) => write(options),
        Some(("read", options)) => read(options),
        _ => Err(Problem::new(Exit::Usage, "no command was given; see --help")),
    }
}

fn write(options: &ArgMatches) -> Result<String, Problem> {
    let (region, mut bytes) = region(options)?;
    let settings = settings(options)?;
    region.write(&mut Image::new(&mut bytes), settings.as_bytes()).map_err(region_problem)?;
    let output = required(options, "output")?;
    match one_of(options, "format").unwrap_or_default() {
        Format::Bin => write_private(output, &bytes)?,
        Format::Uf2 => {
            let address = number("--address", text(options, "address").unwrap_or_default())?;
            let family = one_of(options, "family").unwrap_or_default();
            write_private(output, &uf2::encode(&bytes, address, family)?)?;
        }
    }
    Ok(String::new())
}

/// Returns the text of the settings, with the secret of `--client-secret-file`, after checking it as the firmware does.
fn settings(options: &ArgMatches) -> Result<Zeroizing<String>, Problem> {
    let from = required(options, "settings")?;
    let given = secret_input::read("--settings", from)?;
    // Large enough from the start: growing would leave copies behind that are not wiped.
    let mut settings = Zeroizing::new(String::with_capacity(given.len() + 2 * MAX_TEXT));
    settings.push_str(&given);
    settings.push('\n');
    if let Some(file) = path(options, "client-secret-file") {
        if file.as_os_str() == "-" && from.as_os_str() == "-" {
            let why = "standard input is the settings; give a file, or the secret within the settings";
            return Err(Problem::setting("--client-secret-file", why));
        }
        if given.lines().any(|line| name(line) == Some(SECRET)) {
            let why = "the settings have a client-secret too; leave one of them out";
            return Err(Problem::setting("--client-secret-file", why));
        }
        let secret = secret_input::read("--client-secret-file", file)?;
        for part in [SECRET, " = ", &secret, "\n"] {
            settings.push_str(part);
        }
    }
    if settings.len() > MAX_TEXT {
        let why = format!("they have {} bytes, and a gateway reads {MAX_TEXT}; shorten them", settings.len());
        return Err(Problem::setting("--settings", why));
    }
    check(&settings).map_err(|why| Problem::setting("--settings", why))?;
    Ok(settings)
}

fn read(options: &ArgMatches) -> Result<String, Problem> {
    let (region, mut bytes) = region(options)?;
    let file = required(options, "file")?;
    let content = fs::read(file).map(Zeroizing::new).map_err(|error| {
        let why = format!("{} cannot be read ({error}); check its name and permissions", file.display());
        Problem::setting("FILE", why)
    })?;
    let content = if uf2::is_uf2(&content) { uf2::decode(&content, bytes.len())? } else { content };
    // A dump may continue beyond the region.
    for (to, from) in bytes.iter_mut().zip(content.iter()) {
        *to = *from;
    }
    let mut place = Zeroizing::new(vec![0; MAX_TEXT]);
    let settings = region.read(&mut Image::new(&mut bytes), &mut place).map_err(region_problem)?;
    let settings = std::str::from_utf8(settings).map_err(|_| {
        Problem::setting("FILE", "the settings are not text in UTF-8; provision the device again")
    })?;
    // Only in settings that the firmware accepts is it known which parts are secret.
    check(settings).map_err(|why| Problem::setting("FILE", why))?;
    Ok(settings.lines().map(shown).collect())
}

/// Returns a line as it is printed: without a secret, which a comment may contain too.
fn shown(line: &str) -> String {
    match SECRETS.into_iter().find(|secret| line.contains(secret)) {
        Some(secret) => format!("{secret} = (not printed)\n"),
        None => format!("{line}\n"),
    }
}

/// Returns the name in a line of settings; a comment has none.
fn name(line: &str) -> Option<&str> {
    let line = line.trim_ascii();
    line.split_once('=').map(|(name, _)| name.trim_ascii()).filter(|_| !line.starts_with('#'))
}

/// Checks settings as the firmware does, which changes the text.
fn check(settings: &str) -> Result<(), String> {
    let mut copy = Zeroizing::new(settings.as_bytes().to_vec());
    Settings::parse(&mut copy).map(|_| ()).map_err(|error| error.to_string())
}

/// Returns the region of `--slot-size`, and erased flash for it.
fn region(options: &ArgMatches) -> Result<(Region, Zeroizing<Vec<u8>>), Problem> {
    let slot = number("--slot-size", text(options, "slot-size").unwrap_or_default())?;
    if slot == 0 || slot > MAX_SLOT {
        return Err(Problem::setting("--slot-size", format!("must be from 1 to {MAX_SLOT} bytes")));
    }
    let size = usize::try_from(slot).unwrap_or_default() * 2;
    Ok((Region::new(0, slot), Zeroizing::new(vec![0xff; size])))
}

/// Parses a number: decimal, or hexadecimal after `0x`.
fn number(option: &str, value: &str) -> Result<u32, Problem> {
    let parsed = match value.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => value.parse(),
    };
    parsed.map_err(|_| Problem::setting(option, "must be a number, such as 32768 or 0x8000"))
}

fn required<'o>(options: &'o ArgMatches, name: &str) -> Result<&'o Path, Problem> {
    path(options, name).ok_or_else(|| Problem::setting(name, "is required; see --help"))
}

fn region_problem(error: RegionError) -> Problem {
    Problem::new(Exit::Usage, error.to_string())
}
