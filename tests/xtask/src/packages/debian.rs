//! Debian packages, one for each program, by cargo-deb from the tables `[package.metadata.deb]`.

use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use super::{build::PROGRAMS, run, targets::Target};
use crate::{failure::Failure, program, workspace::Workspace};

/// Builds the packages of the programs in a folder, and returns their files. `version` replaces that of Cargo.toml.
pub(super) fn build(
    target: &Target,
    version: Option<&str>,
    folder: &Path,
    workspace: &Workspace,
) -> Result<Vec<PathBuf>, Failure> {
    // cargo-deb looks for the files of `target/release` here.
    let release = workspace.target.join(target.triple).join("release");
    let output = match version {
        None => folder.to_owned(),
        Some(_) => folder.join("upgrade"),
    };
    fs::create_dir_all(&output)?;
    PROGRAMS
        .iter()
        .map(|name| {
            files(target, name, folder, &release.join("packaging").join(name))?;
            let output = output.display().to_string();
            let mut arguments = vec!["deb", "--no-build", "--no-strip", "--locked", "--quiet"];
            arguments.extend(["--target", target.triple, "--package", name, "--output", &output]);
            arguments.extend(version.iter().flat_map(|version| ["--deb-version", version]));
            let mut command = program::new("cargo", &arguments, &workspace.root);
            // The time of every file in the package, so that the same files make the same package.
            command.env("SOURCE_DATE_EPOCH", changed(workspace)?.to_string());
            println!("$ {}", program::display(&command));
            let printed = program::output(&mut command)?;
            let package = PathBuf::from(printed.lines().last().unwrap_or_default());
            if !package.is_file() {
                return Err(format!("cargo-deb named no package, but printed `{printed}`").into());
            }
            println!("{}", package.display());
            Ok(package)
        })
        .collect()
}

/// Has a program write its manual pages and its completion scripts.
fn files(target: &Target, name: &str, folder: &Path, into: &Path) -> Result<(), Failure> {
    let program = folder.join(name);
    let manual = into.join("man");
    if manual.exists() {
        fs::remove_dir_all(&manual)?;
    }
    fs::create_dir_all(&manual)?;
    let pages = ["man", "--dir", &manual.display().to_string()];
    program::output(&mut run::command(target, &program, &pages))?;
    // cargo-deb compresses manual pages, except below the folder `target`.
    for page in fs::read_dir(&manual)? {
        let page = page?.path().display().to_string();
        program::output(&mut program::new("gzip", &["--best", "--no-name", &page], Path::new("/")))?;
    }
    for shell in ["bash", "fish", "zsh"] {
        let script = program::output(&mut run::command(target, &program, &["completions", shell]))?;
        fs::write(into.join(shell), script)?;
    }
    Ok(())
}

/// Returns the time of the last change of CHANGELOG.md in seconds since 1970: of its commit, or of the file outside a repository.
fn changed(workspace: &Workspace) -> Result<u64, Failure> {
    let log = ["log", "-1", "--format=%ct", "--", "CHANGELOG.md"];
    let commit = program::output(&mut program::new("git", &log, &workspace.root));
    if let Some(time) = commit.ok().and_then(|time| time.trim().parse().ok()) {
        return Ok(time);
    }
    let file = fs::metadata(workspace.root.join("CHANGELOG.md"))?.modified()?;
    Ok(file.duration_since(UNIX_EPOCH)?.as_secs())
}
