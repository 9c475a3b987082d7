//! `cargo xtask bench-store`: a member's lookup of the shared token beside a plain `GET` of the same client crate, on the same Redis server,
//! by `tests/measure/host/bench-store`; fails if the mark is missed.
//!
//! They are measured alternately, so that a busy machine changes the ratio little.

use lexopt::{Arg, Parser};

use crate::{failure::Failure, needs, program, workspace::Workspace};

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let mut rounds = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("rounds") => rounds = Some(arguments.value()?.to_string_lossy().parse::<usize>()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let workspace = Workspace::load()?;
    needs::provide(&[&needs::REDIS, &needs::VALGRIND], &workspace)?;
    let rounds = rounds.map(|rounds| rounds.to_string());
    let mut run = vec!["run", "--quiet", "--locked", "--profile", "service", "--"];
    run.extend(rounds.as_deref());
    program::run(&mut program::new("cargo", &run, &workspace.root.join("tests/measure/host/bench-store")))
}
