//! `cargo xtask fuzz`: runs every fuzz target for some time, two at once. `cargo xtask fuzz-coverage`: shows what the seeds
//! reach.

pub(crate) mod coverage;
mod run;
mod targets;

use std::time::Duration;

use lexopt::{Arg, Parser};
use run::Effort;
pub(crate) use targets::NEEDS;
use targets::{Fuzz, TARGETS, Target};

use crate::{failure::Failure, needs, workspace::Workspace};

/// The default time of each target.
const SHORT: Duration = Duration::from_secs(30);
/// Every CI run starts with the same random seed, so that its result depends on the change only. `cargo xtask fuzz --minutes N`
/// starts with another seed each time, and so reaches other inputs.
const SEED_IN_CI: u32 = 1;

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let (mut time, mut only) = (SHORT, Vec::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("minutes") => time = Duration::from_secs(number(arguments)?.saturating_mul(60)),
            Arg::Long("seconds") => time = Duration::from_secs(number(arguments)?),
            Arg::Long("only") => only.push(arguments.value()?.to_string_lossy().into_owned()),
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(unknown) = only.iter().find(|name| TARGETS.iter().all(|target| target.name != **name)) {
        let known: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("there is no target `{unknown}`; there are: {}", known.join(", ")).into());
    }
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    let wanted = |target: &&Target| only.is_empty() || only.iter().any(|name| name == target.name);
    let effort = Effort { time, seed: None };
    run::all(&TARGETS.iter().filter(wanted).collect::<Vec<_>>(), effort, &workspace)
}

/// Compiles all targets: for fuzzing, and for the lines that their seeds reach.
pub(crate) fn build(workspace: &Workspace) -> Result<(), Failure> {
    let fuzz = Fuzz::find(workspace)?;
    run::build(&fuzz)?;
    coverage::build(&fuzz)?;
    Ok(())
}

/// The step of `cargo xtask prove`: runs every target for a short time.
pub(crate) fn short(workspace: &Workspace) -> Result<(), Failure> {
    let effort = Effort { time: SHORT, seed: Some(SEED_IN_CI) };
    run::all(&TARGETS.iter().collect::<Vec<_>>(), effort, workspace)
}

fn number(arguments: &mut Parser) -> Result<u64, Failure> {
    let value = arguments.value()?;
    let number =
        value.to_string_lossy().parse::<u64>().map_err(|_| format!("not a number: {}", value.display()))?;
    if number == 0 { Err("no time at all would find nothing".into()) } else { Ok(number) }
}
