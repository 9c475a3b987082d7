//! `cargo xtask bench-process`: compares programs that request one access token over TLS 1.3, as whole processes.
//!
//! Instructions are counted by callgrind and repeat to within a thousandth; sizes repeat exactly, memory to within a few hundredths. Times vary
//! with the machine and its load: they are printed as ratios to the baseline's time in the same round, and no check depends on
//! them.

mod build;
mod candidates;
pub(crate) mod gauge;
mod marks;
mod measure;
pub(crate) mod memory;
mod report;
#[cfg(target_os = "linux")]
mod traced;

use lexopt::{Arg, Parser};

use crate::{
    failure::Failure,
    needs::{self, Need},
    sandbox::Sandbox,
    workspace::Workspace,
};
use candidates::{CANDIDATES, Candidate};

pub(crate) const NEEDS: &[&Need] = &[&needs::VALGRIND];

/// Rounds of the paired measurement of CPU time; each runs every program once.
const ROUNDS: usize = 200;

struct Options {
    candidates: Vec<&'static Candidate>,
    rounds: usize,
    fail: bool,
}

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let options = Options::parse(arguments)?;
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    run(&options, &workspace)
}

/// Builds everything that [`check`] measures.
pub(crate) fn build(workspace: &Workspace) -> Result<(), Failure> {
    build::all(&checked(), workspace).map(drop)
}

/// The step of `cargo xtask prove`: checks the marks, without the other libraries and with few rounds, since no check depends on
/// times. The marks beside the first generation, which takes two minutes to build, are left to the command.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Failure> {
    run(&Options { candidates: checked(), rounds: 20, fail: true }, workspace)
}

fn checked() -> Vec<&'static Candidate> {
    let names = [candidates::BASELINE, candidates::LIBRARY, candidates::TOOL, candidates::WHOLE_TOOL];
    CANDIDATES.iter().filter(|it| names.contains(&it.name)).collect()
}

fn run(options: &Options, workspace: &Workspace) -> Result<(), Failure> {
    let products = build::all(&options.candidates, workspace)?;
    let sandbox = Sandbox::start("bench-process", workspace)?;
    let results = measure::all(&products, &sandbox, options.rounds)?;
    drop(sandbox);

    report::print(&results, options.rounds);
    let missed = marks::print(&results);
    if missed.is_empty() || !options.fail {
        return Ok(());
    }
    Err(format!("missed: {}", missed.join(", ")).into())
}

impl Options {
    fn parse(arguments: &mut Parser) -> Result<Self, Failure> {
        let (mut names, mut rounds, mut fail) = (Vec::new(), ROUNDS, true);
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("only") => names.push(arguments.value()?.to_string_lossy().into_owned()),
                Arg::Long("runs") => rounds = arguments.value()?.to_string_lossy().parse::<usize>()?.max(1),
                Arg::Long("no-fail") => fail = false,
                other => return Err(other.unexpected().into()),
            }
        }
        if let Some(unknown) = names.iter().find(|name| CANDIDATES.iter().all(|known| known.name != **name)) {
            let known: Vec<_> = CANDIDATES.iter().map(|candidate| candidate.name).collect();
            return Err(format!("there is no candidate `{unknown}`; there are: {}", known.join(", ")).into());
        }
        // The baseline always runs, because the other figures are relative to it.
        let wanted = |it: &&Candidate| {
            names.is_empty() || it.name == candidates::BASELINE || names.iter().any(|name| name == it.name)
        };
        Ok(Self { candidates: CANDIDATES.iter().filter(wanted).collect(), rounds, fail })
    }
}
