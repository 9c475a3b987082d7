//! Checks the boards, each on its own, so that features of one do not reach another.

use crate::{failure::Failure, program, steps::Outcome, workspace::Workspace};

/// The boards: their folders in `firmware/`, whose `.cargo/config.toml` name the target.
const BOARDS: &[&str] = &[EMULATED, "nucleo-h743zi", "pico2-w5500"];
const EMULATED: &str = "qemu-mps2-an386";

/// Builds and lints each board, and lints its tests.
pub(super) fn images(workspace: &Workspace) -> Result<Outcome, Failure> {
    let warnings = ["--", "-D", "warnings"];
    for board in BOARDS {
        let folder = workspace.root.join("firmware").join(board);
        program::run(&mut program::new("cargo", &["build", "--locked", "--release"], &folder))?;
        let mut lint = vec!["clippy", "--locked", "--release", "--package", board];
        lint.extend(["--package", "gateway", "--package", "panic-report", "--package", "startup"]);
        if *board == EMULATED {
            lint.extend(["--package", "lan9118", "--package", "mps2"]);
        }
        // The image just built lacks what this one has.
        let features = format!("{board}/panic-places");
        lint.extend(["--features", &features]);
        lint.extend(warnings);
        program::run(&mut program::new("cargo", &lint, &folder))?;
    }
    let tests = workspace.root.join("tests/suites/firmware");
    let lint = [&["clippy", "--locked", "--all-targets"][..], &warnings].concat();
    program::run(&mut program::new("cargo", &lint, &tests))?;
    Ok(Outcome::Passed)
}
