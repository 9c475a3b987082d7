//! `cargo xtask simulate`: builds the simulation with optimisation and hands its arguments on.

use std::ffi::OsString;

use lexopt::Parser;

use crate::{Failure, program, workspace::Workspace};

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let own: Vec<OsString> = arguments.raw_args()?.collect();
    let workspace = Workspace::load()?;
    let run = ["run", "--quiet", "--release", "--package", "genesys-token-simulate", "--"];
    program::run(program::new("cargo", &run, &workspace.root).args(own))
}
