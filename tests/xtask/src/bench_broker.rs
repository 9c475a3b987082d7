//! `cargo xtask bench-broker`: measures the marks of the broker by `tests/measure/host/bench-broker`, and fails if one is missed.
//!
//! Times are ratios to nginx, which runs beside it; pairs of runs that other processes disturbed are dropped and repeated. Instructions,
//! memory and wake-ups do not depend on other processes: `--pairs 0` measures these alone.

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
    needs::provide(&[&needs::NGINX, &needs::VALGRIND], &workspace)?;
    // Each on its own, as it is installed: features of one do not reach the other.
    for package in ["genesys-token-broker", "genesys-token"] {
        let build = ["build", "--locked", "--release", "--package", package];
        program::run(&mut program::new("cargo", &build, &workspace.root))?;
    }
    let built = |name| workspace.target.join("release").join(name).display().to_string();
    let (broker, tool) = (built("genesys-token-broker"), built("genesys-token"));
    let pairs = pairs.map(|pairs| pairs.to_string());
    let mut run = vec!["run", "--quiet", "--locked", "--profile", "service", "--", &broker, &tool];
    run.extend(pairs.as_deref());
    program::run(&mut program::new("cargo", &run, &workspace.root.join("tests/measure/host/bench-broker")))
}
