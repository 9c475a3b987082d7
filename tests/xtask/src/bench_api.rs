//! `cargo xtask bench-api`: compares concurrent calls of the Platform API with reqwest's and hyper-util's, by `tests/measure/host/bench-api`.
//!
//! Ratios within one run are checked, and fail if a mark is missed. Run it on a machine that has nothing else to do.

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
    let folder = Workspace::load()?.root.join("tests/measure/host/bench-api");
    let rounds = rounds.map(|rounds| rounds.to_string());
    let mut run = vec!["run", "--quiet", "--locked", "--profile", "service", "--"];
    run.extend(rounds.as_deref());
    program::run(&mut program::new("cargo", &run, &folder))
}
