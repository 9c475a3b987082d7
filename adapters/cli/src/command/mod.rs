//! What the arguments say: the subcommands, and what only they need.
//!
//! What [`get`] runs without options is in other modules. rustc orders the functions of a crate by their symbols, which begin with the path, and the
//! kernel maps code in blocks around each page that runs: with the code of the subcommands in between, a run of `get` would have it in memory too.

mod api;
mod arguments;
mod audit;
mod completions;
mod doctor;
mod download;
mod exec;
mod filter;
mod login;
mod manual;
mod option_groups;
mod permission;
#[cfg(feature = "probe")]
mod probe;
mod profiles;
mod provision;
mod regions;
mod usage;
mod verify;

use std::env;
use std::mem;
use std::process::ExitCode;

use crate::exit::{Exit, Problem};
use crate::options::one_of;
use crate::output::{print, print_bytes};
use crate::{get, trace};

/// Parses the arguments, and runs the subcommand.
// Not inlined: its stack frame is large.
#[inline(never)]
pub(crate) fn run() -> Result<ExitCode, Problem> {
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
