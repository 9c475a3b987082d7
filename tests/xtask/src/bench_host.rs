//! `cargo xtask bench-host` and `bench-api`: comparisons of the host client, by the programs in `tests/measure/host`.
//!
//! Run them on a machine that has nothing else to do.

use lexopt::{Arg, Parser};

use crate::{failure::Failure, program, workspace::Workspace};

/// Compares reading a cached token with other ways to share a value. Times and their ratios are printed with the mark; no check depends
/// on them.
pub(crate) fn cached_token(arguments: &mut Parser) -> Result<(), Failure> {
    run("bench-host", arguments)
}

/// Compares concurrent calls of the Platform API with reqwest's and hyper-util's. Ratios within one run are checked, and a missed mark
/// is an error.
pub(crate) fn api_calls(arguments: &mut Parser) -> Result<(), Failure> {
    run("bench-api", arguments)
}

fn run(package: &str, arguments: &mut Parser) -> Result<(), Failure> {
    let mut rounds = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("rounds") => rounds = Some(arguments.value()?.to_string_lossy().parse::<usize>()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let folder = Workspace::load()?.root.join("tests/measure/host").join(package);
    let rounds = rounds.map(|rounds| rounds.to_string());
    let mut run = vec!["run", "--quiet", "--locked", "--profile", "service", "--"];
    run.extend(rounds.as_deref());
    program::run(&mut program::new("cargo", &run, &folder))
}
