//! `cargo xtask miri`: core's tests in Miri, two binaries at once; those of the wire format also for a target with 32-bit words.
//!
//! Miri detects reads of uninitialised memory, pointer overflows and leaks, which a compiled test cannot. Core has no `unsafe` of
//! its own, so this shows its arithmetic and bounds only; it shows the absence of undefined behaviour for the calls from core
//! into `zeroize` and the standard library.

use std::process::Command;

use lexopt::Parser;

use crate::{
    failure::Failure,
    lanes,
    needs::{self, NIGHTLY, Need},
    program,
    workspace::{Package, Workspace},
};

/// Miri needs a standard library that is built from source.
pub(crate) const NEEDS: &[&Need] = &[&needs::NIGHTLY_MIRI, &needs::NIGHTLY_SOURCE];

const PACKAGE: &str = "genesys-token-core";
/// A target with 32-bit words: its wire format code takes other paths than on this host, those of a small device.
const SMALL: &str = "i686-unknown-linux-gnu";
/// The tests that take these paths.
const OF_THE_WIRE: [&str; 5] = ["form", "json_conformance", "redirect", "refusal", "token_response"];

/// Binaries that run at the same time.
const LANES: usize = 2;

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    if let Some(unexpected) = arguments.next()? {
        return Err(unexpected.unexpected().into());
    }
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    check(&workspace)
}

/// Compiles everything that [`check`] runs.
pub(crate) fn build(workspace: &Workspace) -> Result<(), Failure> {
    let package = package(workspace)?;
    program::run(&mut miri(&["--no-run"], package, workspace))?;
    let of_the_wire = OF_THE_WIRE.iter().flat_map(|test| ["--test", test]);
    let small: Vec<_> = ["--no-run", "--target", SMALL].into_iter().chain(of_the_wire).collect();
    program::run(&mut miri(&small, package, workspace))
}

pub(crate) fn check(workspace: &Workspace) -> Result<(), Failure> {
    let package = package(workspace)?;
    let on_host = package.tests.iter().map(|test| vec!["--test", test.as_str()]);
    let on_small = OF_THE_WIRE.iter().map(|test| vec!["--target", SMALL, "--test", *test]);
    let runs: Vec<_> = on_small.chain(on_host).chain([vec!["--lib"], vec!["--doc"]]).collect();

    // Everything is built first, since cargo does not run two builds in one folder.
    build(workspace)?;

    lanes::run(runs.iter().map(|run| miri(run, package, workspace)).collect(), LANES)
}

fn package(workspace: &Workspace) -> Result<&Package, Failure> {
    Ok(workspace.packages.iter().find(|package| package.name == PACKAGE).ok_or(PACKAGE)?)
}

fn miri(arguments: &[&str], package: &Package, workspace: &Workspace) -> Command {
    let features = package.test_features.iter().map(String::as_str).collect::<Vec<_>>().join(",");
    let start = ["run", NIGHTLY, "cargo", "miri", "test", "--quiet", "--package", PACKAGE];
    let arguments = [&start[..], &["--features", &features], arguments].concat();
    program::new("rustup", &arguments, &workspace.root)
}
