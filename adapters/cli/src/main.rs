//! `genesys-token`: OAuth 2 access tokens for Genesys Cloud on the command line.
#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program for hosts: std is at hand, and one name for each thing reads better"
)]

mod arguments;
mod client_auth;
mod command_line;
mod completions;
mod credentials;
mod endpoint;
mod event_line;
mod exit;
mod explain;
mod get;
mod options;
#[cfg(feature = "probe")]
mod probe;
mod regions;
mod secret_input;
mod service;
mod token_info;
mod trace;
mod usage;
mod verify;

use std::env;
use std::io::{self, Write as _};
use std::mem;
use std::process::ExitCode;

use clap::ArgMatches;
use exit::{Exit, Problem};
use options::one_of;

fn main() -> ExitCode {
    match run() {
        Ok(()) => Exit::Success.into(),
        Err(problem) => {
            // Nobody is left to be told if this fails.
            let _ = writeln!(io::stderr(), "genesys-token: {}", problem.message);
            problem.exit.into()
        }
    }
}

fn run() -> Result<(), Problem> {
    if is_bare_get() {
        return print(&get::run(&ArgMatches::default())?);
    }
    let mut command = arguments::command();
    let matches = command.try_get_matches_from_mut(env::args_os());
    // The process ends before its memory is needed: taking the options apart is work for nothing.
    mem::forget(command);
    let matches = match matches {
        Ok(matches) => matches,
        Err(error) => return print(&usage::explain(&error)?),
    };
    let Some((command, options)) = matches.subcommand() else {
        return Err(Problem::new(Exit::Usage, "no command was given: see --help"));
    };
    trace::start(options);
    match command {
        "get" => print(&get::run(options)?),
        "verify" => {
            let (text, verdict) = verify::run(options)?;
            print(&text).and(verdict)
        }
        #[cfg(feature = "probe")]
        "probe" => {
            let (text, verdict) = probe::run(options)?;
            print(&text).and(verdict)
        }
        "regions" => print(&regions::table(one_of(options, "format").unwrap_or_default())),
        _ => match one_of(options, "shell") {
            Some(shell) => print(&completions::script(shell)),
            None => Err(Problem::new(Exit::Usage, "no shell was given: see --help")),
        },
    }
}

/// `genesys-token get`, with all settings in the environment: as services and scripts call it, again and again. There is nothing to
/// be parsed, and without the parser a run touches a tenth less memory.
fn is_bare_get() -> bool {
    let mut arguments = env::args_os().skip(1);
    arguments.next().is_some_and(|command| command == "get") && arguments.next().is_none()
}

fn print(text: &str) -> Result<(), Problem> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Problem::new(Exit::Other, format!("cannot write to standard output: {error}")))
}
