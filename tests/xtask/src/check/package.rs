//! Builds the archives that would be published, each on its own.

use std::{
    env, fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use crate::{
    failure::Failure,
    program,
    steps::Outcome,
    workspace::{Package, Workspace},
};

/// Files that each archive must contain besides its sources.
const LICENCES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT"];

/// Packages that depend on each other are resolved among themselves, as they will be after publication.
pub(super) fn ready(workspace: &Workspace) -> Result<Outcome, Failure> {
    let incomplete: Vec<_> = workspace.publishable().flat_map(incomplete).collect();
    if !incomplete.is_empty() {
        return Err(incomplete.join("\n").into());
    }
    let packages = workspace.publishable().flat_map(|package| ["--package", &package.name]);
    // A working copy may have changes; the check is about the content, not about the commit.
    let arguments: Vec<_> = ["package", "--locked", "--allow-dirty"].into_iter().chain(packages).collect();
    let own = workspace.target.join("as-published");
    home_without_sources(&own)?;
    let mut command = program::new("cargo", &arguments, &workspace.root);
    program::run(command.env("CARGO_HOME", &own).env("CARGO_TARGET_DIR", own.join("target")))?;
    Ok(Outcome::Passed)
}

/// Returns what a package lacks of what users look for: metadata, licences, a README whose example is compiled.
fn incomplete(package: &Package) -> Vec<String> {
    let mut wrong = Vec::new();
    if !package.blanks.is_empty() {
        wrong.push(format!("fill in {} in its Cargo.toml", package.blanks.join(", ")));
    }
    if !package.addresses.is_empty() {
        wrong.push(format!("the project has no public address: leave out {}", package.addresses.join(", ")));
    }
    let read = |file: &str| fs::read_to_string(package.folder.join(file)).unwrap_or_default();
    wrong.extend(
        LICENCES.iter().filter(|file| read(file).is_empty()).map(|file| format!("{file} is missing")),
    );
    let readme = read("README.md");
    if readme.contains("://crates.io/") {
        wrong.push("README.md links to a registry: link to the documentation of that package".to_owned());
    }
    // A program has no documentation tests; its README has commands.
    let library = package.folder.join("src/lib.rs");
    let (example, compiled) = if library.is_file() {
        (
            "```rust",
            fs::read_to_string(library).unwrap_or_default().contains("include_str!(\"../README.md\")"),
        )
    } else {
        ("```sh", true)
    };
    if !readme.contains(example) || !compiled {
        wrong.push("README.md has no example that is compiled as a documentation test".to_owned());
    }
    wrong.into_iter().map(|it| format!("{}: {it}", package.name)).collect()
}

/// Returns a `CARGO_HOME` that shares settings, index and downloads with the usual one, without unpacked sources.
///
/// Cargo unpacks and builds an archive of a version once, since published versions never change. Sources of an earlier run with
/// the same version, in this home or in the target folder, would be used instead of the present ones.
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
