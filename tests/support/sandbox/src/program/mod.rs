//! The sandbox as a program, or as a subcommand of another one: its options, and what they do.

mod default_clients;
mod fault;
mod options;

use core::convert::Infallible;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Args as _, Command, FromArgMatches as _};

use crate::builder::Builder;
use crate::clients::{Client, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_CODE_CLIENT_ID, DEMO_SAML_CLIENT_ID};
use crate::clients_file::ClientsFile;
use crate::sandbox::Sandbox;
use options::Options;

const ABOUT: &str = "Simulates Genesys Cloud's login and API hosts on 127.0.0.1 until it is interrupted";
const LONG_ABOUT: &str = "Prints the addresses and the environment variables that configure clients for them. Logs each request to \
    standard error, without secrets.";

/// The flag that turns the log off.
const QUIET: &str = "quiet";

/// Returns the command line of the program of this name.
#[must_use]
pub fn command(name: &'static str) -> Command {
    let command = Command::new(name).version(env!("CARGO_PKG_VERSION"));
    let quiet =
        Arg::new(QUIET).long(QUIET).action(ArgAction::SetTrue).help("Do not log requests, for load tests");
    options(command.arg(quiet).about(ABOUT).long_about(format!("{ABOUT}\n\n{LONG_ABOUT}")))
}

/// Adds the options to a command. The flag `quiet`, which turns the log off, is that of the command, if it has one.
#[must_use]
pub fn options(command: Command) -> Command {
    Options::augment_args(command)
}

/// Starts the sandbox of these options, prints the addresses and variables of clients for it to standard output, and serves until the
/// process ends. Further options of the command are left alone.
///
/// # Errors
/// An option that contradicts another one, a file that cannot be read or written, or a port that is in use; the message says which.
pub fn run(matches: &ArgMatches) -> io::Result<Infallible> {
    let mut options = Options::from_arg_matches(matches).map_err(io::Error::other)?;
    options.quiet = matches.try_get_one(QUIET).ok().flatten().copied().unwrap_or_default();
    options.check()?;
    let clients = options
        .clients
        .as_deref()
        .map_or_else(|| Ok(default_clients::default_clients()), ClientsFile::read)?;
    let first = clients.clients.first().cloned();
    let mut builder = clients.clients.into_iter().fold(options.builder(), Builder::client);
    if let Some(name) = &clients.organization {
        builder = builder.organization(name);
    }
    let existing_key = options.root_key.as_deref().filter(|path| path.exists());
    if let Some(path) = existing_key {
        let key =
            std::fs::read_to_string(path).map_err(|error| named(&error, &path.display().to_string()))?;
        builder = builder.root_key(&key);
    }
    let sandbox = builder.start_blocking().map_err(|error| named(&error, "cannot start"))?;
    options.inject_fault(&sandbox);
    if let Some(path) = options.root_key.as_deref().filter(|_| existing_key.is_none()) {
        write_key(path, &sandbox.root_key_pem())
            .map_err(|error| named(&error, &path.display().to_string()))?;
    }
    let root = (!options.clear_text).then(|| options.root_pem.clone().unwrap_or_else(default_root_pem));
    if let Some(path) = &root {
        sandbox.write_root_pem(path).map_err(|error| named(&error, &path.display().to_string()))?;
    }
    announce(&sandbox, root.as_deref(), first.as_ref())?;
    loop {
        std::thread::park();
    }
}

/// Writes the key with read permission for the owner only.
fn write_key(path: &Path, pem: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(pem.as_bytes())
}

fn default_root_pem() -> PathBuf {
    let target = PathBuf::from("target");
    let directory = if target.is_dir() { target } else { std::env::temp_dir() };
    directory.join("sandbox-root.pem")
}

/// Prints the addresses to standard output; the `export` lines can be pasted into a shell.
fn announce(sandbox: &Sandbox, root: Option<&Path>, first: Option<&Client>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "# login host {}, API host {}", sandbox.login_addr(), sandbox.api_addr())?;
    writeln!(
        out,
        "# paste these lines into another shell; this one serves until it is interrupted (Ctrl+C)"
    )?;
    let (id, secret) = first.map_or(("", ""), |client| (&client.id, &client.secret));
    let is_demo = (id, secret) == (DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    if is_demo {
        writeln!(
            out,
            "# authorization codes: client {DEMO_CODE_CLIENT_ID}, SAML: client {DEMO_SAML_CLIENT_ID}, same secret"
        )?;
    }
    let mut export =
        |name: &str, value: &str| writeln!(out, "export {name}='{}'", value.replace('\'', r"'\''"));
    export("GENESYS_LOGIN_URL", &sandbox.login_url())?;
    export("GENESYS_API_URL", &sandbox.api_url())?;
    if let Some(path) = root {
        export("GENESYS_CA_FILE", &std::path::absolute(path)?.display().to_string())?;
    }
    export("GENESYS_CLIENT_ID", id)?;
    if is_demo {
        export("GENESYS_CLIENT_SECRET", secret)?;
    } else {
        writeln!(out, "# GENESYS_CLIENT_SECRET: see your clients file")?;
    }
    out.flush()
}

fn named(error: &io::Error, what: &str) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}
