//! The tool and the host library for other systems than this one: linted for Windows, for which `wine` builds them; type-checked for macOS.

use crate::{failure::Failure, needs, program, steps::Outcome, workspace::Workspace};

/// The keyring has code of its own on each system.
const PACKAGES: [&str; 6] =
    ["--package", "genesys-token", "--package", "genesys-token-tokio", "--features", "genesys-token/keyring"];

/// Lints what only Windows compiles.
pub(super) fn windows(workspace: &Workspace) -> Result<Outcome, Failure> {
    let target = ["--target", needs::WINDOWS_TARGET, "--locked"];
    let lint = [&["clippy", "--quiet"], &target[..], &PACKAGES, &["--", "-D", "warnings"]].concat();
    program::run(&mut program::new("cargo", &lint, &workspace.root))?;
    Ok(Outcome::Passed)
}

/// Type-checks for macOS. The C and assembly of the cryptography need Apple's headers, which are not on Linux, so a compiler that writes
/// empty objects stands in its place: Rust code is checked as a whole, and nothing is linked.
pub(super) fn macos(workspace: &Workspace) -> Result<Outcome, Failure> {
    let folder = workspace.target.join("macos-check");
    let compiler = stand_in(&folder)?;
    let check = [&["check", "--quiet", "--target", needs::MACOS_TARGET, "--locked"], &PACKAGES[..]].concat();
    let mut command = program::new("cargo", &check, &workspace.root);
    command.env("CC_aarch64_apple_darwin", &compiler).env("AR_aarch64_apple_darwin", &compiler);
    program::run(&mut command)?;
    Ok(Outcome::Passed)
}

/// Returns a program that accepts the arguments of a compiler or an archiver and writes an empty file.
fn stand_in(folder: &std::path::Path) -> Result<std::path::PathBuf, Failure> {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::create_dir_all(folder)?;
    let file = folder.join("stand-in");
    let script = "#!/bin/sh\n\
        # -o FILE of a compiler; the first .a of an archiver.\n\
        while [ $# -gt 0 ]; do\n\
        case $1 in -o) : > \"$2\"; exit 0;; *.a) : > \"$1\"; exit 0;; esac\n\
        shift\n\
        done\n";
    std::fs::write(&file, script)?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?;
    Ok(file)
}
