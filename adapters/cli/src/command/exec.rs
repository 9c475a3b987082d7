//! `genesys-token exec`: runs a command with an access token in its environment, and nowhere else.

use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitCode};

use clap::ArgMatches;

use crate::exit::{Exit, Problem};
use crate::service::Session;
use crate::settings::CLIENT_SECRET;
use crate::{credentials, environment};

/// Obtains a token and runs the command. On Unix the command replaces this process, so that it gets all signals, and its exit code is that
/// of the process. Returns only on other systems, or when the command cannot be run.
pub(crate) fn run(options: &ArgMatches) -> Result<ExitCode, Problem> {
    let words = options.try_get_many::<OsString>("command").ok().flatten();
    let mut words = words.into_iter().flatten();
    let program = words.next().ok_or_else(|| Problem::new(Exit::Usage, "no command was given after --"))?;
    let session = Session::open(options, credentials::source)?;
    let token = session.token()?;
    let mut command = Command::new(program);
    command.args(words);
    for (name, value) in environment::variables(&token, &session.service) {
        command.env(name, value.as_str());
    }
    // The command needs the token only.
    for name in CLIENT_SECRET {
        command.env_remove(name);
    }
    drop(session);
    replace(command).map_err(|error| failed(program, &error))
}

#[cfg(unix)]
fn replace(mut command: Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

#[cfg(not(unix))]
fn replace(mut command: Command) -> io::Result<ExitCode> {
    let status = command.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The codes are those of shells, `env` and `nohup`.
fn failed(program: &OsString, error: &io::Error) -> Problem {
    let program = program.display();
    if error.kind() == io::ErrorKind::NotFound {
        let message = format!("the command {program} was not found; check its name and PATH");
        return Problem::new(Exit::CommandNotFound, message);
    }
    let message = format!("the command {program} cannot be run ({error}); check its permissions");
    Problem::new(Exit::CommandNotRun, message)
}
