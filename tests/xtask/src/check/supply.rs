//! Checks dependencies: cargo-deny with the rules of deny.toml.

use crate::{failure::Failure, program, steps::Outcome, workspace::Workspace};

/// The parts that need only the registry.
pub(super) fn deny(workspace: &Workspace) -> Result<Outcome, Failure> {
    let all = ["--workspace", "--all-features", "--locked", "check", "licenses", "sources"];
    let published = [
        "--workspace",
        "--all-features",
        "--locked",
        "--exclude-unpublished",
        "--exclude-dev",
        "check",
        "bans",
    ];
    for arguments in [&all[..], &published] {
        program::run(&mut program::new("cargo-deny", arguments, &workspace.root))?;
    }
    Ok(Outcome::Passed)
}

/// Checks for vulnerabilities. The advisory database is a git repository of its own. If it cannot be fetched, the step reports
/// that, and does not pass.
pub(super) fn advisories(workspace: &Workspace) -> Result<Outcome, Failure> {
    let mut fetch = program::new("cargo-deny", &["fetch", "db"], &workspace.root);
    if let Err(failure) = program::output(fetch.env("GIT_TERMINAL_PROMPT", "0")) {
        let why = failure.to_string();
        let reason = why.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        return Ok(Outcome::Skipped(format!(
            "the RustSec advisory database cannot be fetched here: {reason}"
        )));
    }
    let arguments = ["--workspace", "--all-features", "--locked", "check", "--disable-fetch", "advisories"];
    program::run(&mut program::new("cargo-deny", &arguments, &workspace.root))?;
    Ok(Outcome::Passed)
}
