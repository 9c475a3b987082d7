//! `cargo xtask simulate`: builds the simulation with optimisation, and passes its arguments on.

use std::ffi::OsString;

use lexopt::Parser;

use crate::{failure::Failure, program, steps::Outcome, workspace::Workspace};

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let own: Vec<OsString> = arguments.raw_args()?.collect();
    run(&Workspace::load()?, &own)
}

/// The step of `cargo xtask check`.
pub(crate) fn check(workspace: &Workspace) -> Result<Outcome, Failure> {
    run(workspace, &["--check".into()])?;
    Ok(Outcome::Passed)
}

fn run(workspace: &Workspace, arguments: &[OsString]) -> Result<(), Failure> {
    let run = ["run", "--quiet", "--release", "--package", "genesys-token-simulate", "--"];
    program::run(program::new("cargo", &run, &workspace.root).args(arguments))
}
