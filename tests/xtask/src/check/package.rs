//! What would be published builds on its own, out of the archives that would be uploaded.

use std::{
    env, fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use crate::{failure::Failure, program, steps::Outcome, workspace::Workspace};

/// Packages that need each other are resolved among themselves, as they will be once published together.
pub(super) fn ready(workspace: &Workspace) -> Result<Outcome, Failure> {
    let blanks: Vec<_> = workspace.publishable().filter(|package| !package.blanks.is_empty()).collect();
    for package in &blanks {
        println!("{}: fill in {} in its Cargo.toml", package.name, package.blanks.join(", "));
    }
    let packages = workspace.publishable().flat_map(|package| ["--package", &package.name]);
    // A working copy may hold changes; what counts is that what would be packed builds on its own.
    let arguments: Vec<_> = ["package", "--locked", "--allow-dirty"].into_iter().chain(packages).collect();
    let own = workspace.target.join("as-published");
    home_without_sources(&own)?;
    let mut command = program::new("cargo", &arguments, &workspace.root);
    program::run(command.env("CARGO_HOME", &own).env("CARGO_TARGET_DIR", own.join("target")))?;
    if blanks.is_empty() {
        Ok(Outcome::Passed)
    } else {
        Err("package metadata is incomplete, see above".into())
    }
}

/// A home for cargo that shares settings, index and downloads with the usual one, and has no unpacked sources yet.
///
/// The archives of packages that need each other are unpacked and built like those of any registry, which never change:
/// what an earlier run left under the same version, in this home or in the target folder, would be taken for this run's.
fn home_without_sources(own: &Path) -> Result<(), Failure> {
    let usual = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir().ok_or("neither CARGO_HOME nor a home folder is known")?.join(".cargo"),
    };
    match fs::remove_dir_all(own) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(own.join("registry"))?,
    }
    link_all_but("registry", &usual, own)?;
    link_all_but("src", &usual.join("registry"), &own.join("registry"))?;
    Ok(())
}

fn link_all_but(left_out: &str, from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() != left_out {
            symlink(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
