//! `genesys-token`: OAuth 2 access tokens for Genesys Cloud on the command line.
#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program for hosts: std is available, and one name for each item reads better"
)]

mod certificate;
mod client_auth;
mod color;
mod command;
mod command_line;
mod credentials;
mod date;
mod duration;
mod endpoint;
mod environment;
mod event_line;
mod exit;
mod explain;
mod get;
mod options;
mod output;
mod profile;
mod progress;
mod region;
mod secret_input;
mod service;
mod settings;
mod token_info;
mod trace;
mod variable;

use std::env;
use std::io::{self, Write as _};
use std::mem;
use std::process::ExitCode;

use clap::ArgMatches;
use exit::{Exit, Problem};
use output::print;

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
    command::run()
}

/// Returns whether this is `genesys-token get` without options, as services and scripts call it often. There is nothing to parse, and without the
/// parser a run uses a tenth less memory.
fn is_bare_get() -> bool {
    let mut arguments = env::args_os().skip(1);
    let is_bare = arguments.next().is_some_and(|command| command == "get") && arguments.next().is_none();
    // The process ends before its memory is needed; its destructor is in a part of the program that is not in memory otherwise.
    mem::forget(arguments);
    is_bare
}
