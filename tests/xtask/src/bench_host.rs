//! `cargo xtask bench-host`: compares reading a cached token on a host with other ways to share a value, by
//! `tests/measure/host/bench-host`.
//!
//! Times and their ratios are printed with the mark; no check depends on them.

use lexopt::{Arg, Parser};

use crate::{failure::Failure, program, workspace::Workspace};

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let mut rounds = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("rounds") => rounds = Some(arguments.value()?.to_string_lossy().parse::<usize>()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let folder = Workspace::load()?.root.join("tests/measure/host/bench-host");
    let rounds = rounds.map(|rounds| rounds.to_string());
    let mut run = vec!["run", "--quiet", "--locked", "--profile", "service", "--"];
    run.extend(rounds.as_deref());
    program::run(&mut program::new("cargo", &run, &folder))
}
