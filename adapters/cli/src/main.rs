//! `genesys-token`: OAuth 2 access tokens for Genesys Cloud on the command line.
#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program for hosts: std is available, and one name for each item reads better"
)]

mod api;
mod arguments;
mod audit;
mod certificate;
mod client_auth;
mod color;
mod command_line;
mod completions;
mod credentials;
mod date;
mod doctor;
mod download;
mod duration;
mod endpoint;
mod environment;
mod event_line;
mod exec;
mod exit;
mod explain;
mod filter;
mod get;
mod login;
mod manual;
mod option_groups;
mod options;
mod output;
mod permission;
#[cfg(feature = "probe")]
mod probe;
mod profile;
mod profiles;
mod progress;
mod provision;
mod region;
mod regions;
mod secret_input;
mod service;
mod settings;
mod token_info;
mod trace;
mod usage;
mod variable;
mod verify;

use std::env;
use std::io::{self, Write as _};
use std::mem;
use std::process::ExitCode;

use clap::ArgMatches;
use exit::{Exit, Problem};
use options::one_of;
use output::{print, print_bytes};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(problem) => {
            // A failure to write the message cannot be reported anywhere else.
            let _ = writeln!(io::stderr(), "{}", problem.shown(trace::error_format()));
            problem.exit.into()
        }
    }
}

fn run() -> Result<ExitCode, Problem> {
    if is_bare_get() {
        return print(&get::run(&ArgMatches::default())?).map(|()| Exit::Success.into());
    }
    let mut command = arguments::command();
    let matches = command.try_get_matches_from_mut(env::args_os());
    // The process ends before its memory is needed, so freeing it would have no benefit.
    mem::forget(command);
    let matches = match matches {
        Ok(matches) => matches,
        Err(error) => return print(&usage::explain(&error)?).map(|()| Exit::Success.into()),
    };
    let Some((command, options)) = matches.subcommand() else {
        return Err(Problem::new(Exit::Usage, "no command was given; see --help"));
    };
    trace::start(options, command == "doctor");
    match command {
        "get" => print(&get::run(options)?),
        "exec" => return exec::run(options),
        "api" => api::run(options),
        "whoami" => print(&verify::whoami(options)?),
        "revoke" => print(&verify::revoke(options)?),
        "verify" => {
            let (text, verdict) = verify::run(options)?;
            print(&text).and(verdict)
        }
        "audit" => {
            let (text, verdict) = audit::run(options)?;
            print(&text).and(verdict)
        }
        "doctor" => {
            let (text, verdict) = doctor::run(options)?;
            print(&text).and(verdict)
        }
        #[cfg(feature = "probe")]
        "probe" => {
            let (text, verdict) = probe::run(options)?;
            print(&text).and(verdict)
        }
        "login" => print(&login::run(options)?),
        #[cfg(feature = "sandbox")]
        "sandbox" => {
            let Err(error) = genesys_token_sandbox::program::run(options);
            Err(Problem::new(Exit::Other, format!("the sandbox has stopped: {error}")))
        }
        "man" => print_bytes(&manual::run(options)?),
        "profile" => print(&profiles::run(options)?),
        "provision" => print(&provision::run(options)?),
        "regions" => print(&regions::table(one_of(options, "format").unwrap_or_default())),
        _ => match one_of(options, "shell") {
            Some(shell) => print(&completions::script(shell)),
            None => Err(Problem::new(Exit::Usage, "no shell was given; see --help")),
        },
    }
    .map(|()| Exit::Success.into())
}

/// Returns whether this is `genesys-token get` without options, as services and scripts call it often. There is nothing to parse, and without the
/// parser a run uses a tenth less memory.
fn is_bare_get() -> bool {
    let mut arguments = env::args_os().skip(1);
    let is_bare = arguments.next().is_some_and(|command| command == "get") && arguments.next().is_none();
    // As above; its destructor is in a part of the program that is not in memory otherwise.
    mem::forget(arguments);
    is_bare
}
