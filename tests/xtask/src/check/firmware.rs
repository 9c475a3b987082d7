//! Checks the boards, each on its own, so that features of one do not reach another.

use crate::{boards::BOARDS, failure::Failure, program, steps::Outcome, workspace::Workspace};

/// Builds and lints each board. `clippy` lints the tests.
pub(super) fn images(workspace: &Workspace) -> Result<Outcome, Failure> {
    let warnings = ["--", "-D", "warnings"];
    for board in BOARDS {
        let package = board.package;
        let folder = workspace.root.join("firmware").join(package);
        program::run(&mut program::new("cargo", &["build", "--locked", "--release"], &folder))?;
        let mut lint = vec!["clippy", "--locked", "--release", "--package", package];
        lint.extend(["--package", "gateway", "--package", "panic-report", "--package", "startup"]);
        lint.extend(board.support.iter().flat_map(|package| ["--package", *package]));
        // The image just built lacks what this one has.
        let features = format!("{package}/panic-places");
        lint.extend(["--features", &features]);
        lint.extend(warnings);
        program::run(&mut program::new("cargo", &lint, &folder))?;
    }
    Ok(Outcome::Passed)
}
