//! `cargo xtask bench-broker`: compares the broker with nginx, by `tests/measure/host/bench-broker`.
//!
//! Times and their ratios are printed; pairs of runs that other processes disturbed are dropped and repeated.

use lexopt::{Arg, Parser};

use crate::{failure::Failure, needs, program, workspace::Workspace};

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let mut pairs = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("pairs") => pairs = Some(arguments.value()?.to_string_lossy().parse::<usize>()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let workspace = Workspace::load()?;
    needs::provide(&[&needs::NGINX], &workspace)?;
    let build = ["build", "--locked", "--release", "--package", "genesys-token-broker"];
    program::run(&mut program::new("cargo", &build, &workspace.root))?;
    let broker = workspace.target.join("release/genesys-token-broker").display().to_string();
    let pairs = pairs.map(|pairs| pairs.to_string());
    let mut run = vec!["run", "--quiet", "--locked", "--profile", "service", "--", &broker];
    run.extend(pairs.as_deref());
    program::run(&mut program::new("cargo", &run, &workspace.root.join("tests/measure/host/bench-broker")))
}
