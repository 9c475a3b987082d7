//! `cargo xtask quick`: the checks to run after each change, in less than a minute once everything is built.

use lexopt::Parser;

use crate::{
    check,
    failure::Failure,
    program,
    steps::{self, Companions, Outcome, Step},
    workspace::{FEATURES, Workspace},
};

/// Packages whose tests need only this repository and its crates: no server, no emulator, no network namespace.
const SELF_CONTAINED: &[&str] = &[
    "genesys-token-core",
    "genesys-token-http",
    "genesys-token-embassy",
    "genesys-token-provision",
    "genesys-token-sandbox",
    "genesys-token-store",
    "genesys-token-simulate",
    "xtask",
];

const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        about: "rustfmt has nothing to change",
        needs: &[],
        run: |workspace| cargo(&["fmt", "--all", "--check"], workspace),
    },
    check::STRUCTURE,
    check::LANGUAGE,
    check::REFERENCES,
    Step {
        name: "clippy",
        about: "no lint of rustc or clippy is left",
        needs: &[],
        run: |workspace| {
            let arguments =
                [&["clippy", "--quiet", "--workspace", "--all-targets"], FEATURES, &["--", "-D", "warnings"]];
            cargo(&arguments.concat(), workspace)
        },
    },
    Step {
        name: "tests",
        about: "the tests that need nothing installed",
        needs: &[],
        run: |workspace| {
            let packages = SELF_CONTAINED.iter().flat_map(|package| ["--package", package]);
            let arguments: Vec<_> =
                ["test", "--quiet", "--lib", "--bins", "--tests"].into_iter().chain(packages).collect();
            cargo(&arguments, workspace)
        },
    },
];

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    steps::command("quick", STEPS, &Companions::NONE, arguments)
}

fn cargo(arguments: &[&str], workspace: &Workspace) -> Result<Outcome, Failure> {
    program::run(&mut program::new("cargo", arguments, &workspace.root))?;
    Ok(Outcome::Passed)
}
