//! The tool's test suite as a Windows program, run under Wine: the tool, the sandbox that it asks and the tests are all built for Windows.

use std::{fs, path::Path};

use crate::{failure::Failure, needs, program, steps::Outcome, workspace::Workspace};

/// Not in PATH: Debian's package has the program only.
const WINE: &str = "/usr/lib/wine/wine64";

const LIBRARY: &str = include_str!("bcryptprimitives.c");

/// The modules about what differs between systems: processes, files, paths, environment and network. The others pass as well, and are left out to
/// save time: what they test is the same code on every system.
const MODULES: &[&str] = &[
    "api::",
    "doctor::",
    "exec::",
    "failures::",
    "get::",
    "login::",
    "probe::",
    "profile::",
    "provision::",
    "usage::help_names_commands_and_exit_codes",
];

/// Builds tool and tests, and runs them.
pub(super) fn check(workspace: &Workspace) -> Result<Outcome, Failure> {
    let folder = workspace.target.join("wine");
    fs::create_dir_all(&folder)?;
    library(&folder)?;
    let suite = ["--package", "genesys-token", "--test", "suite"];
    let test = ["test", "--quiet", "--locked", "--target", needs::WINDOWS_TARGET];
    let arguments = [&test[..], &suite, &["--"], MODULES].concat();
    let mut command = program::new("cargo", &arguments, &workspace.root);
    command.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", WINE);
    // Settings of its own, and the library in the search path of Windows.
    command.env("WINEPREFIX", folder.join("prefix")).env("WINEPATH", &folder).env("WINEDEBUG", "-all");
    program::run(&mut command)?;
    Ok(Outcome::Passed)
}

/// Builds the library that this version of Wine may lack.
fn library(folder: &Path) -> Result<(), Failure> {
    let source = folder.join("bcryptprimitives.c");
    fs::write(&source, LIBRARY)?;
    let arguments = ["-shared", "-o", "bcryptprimitives.dll", "bcryptprimitives.c", "-ladvapi32"];
    program::run(&mut program::new("x86_64-w64-mingw32-gcc", &arguments, folder))
}
