//! Makes the archives that would be published, and compiles each on its own.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, Write as _},
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
///
/// `cargo package` can compile the archives too, but it generates code for every dependency of each in a folder of its own. `cargo check`
/// shows as well whether an archive is complete, and shares the dependencies with the step `features`.
pub(super) fn ready(workspace: &Workspace) -> Result<Outcome, Failure> {
    let incomplete: Vec<_> = workspace.publishable().flat_map(incomplete).collect();
    if !incomplete.is_empty() {
        return Err(incomplete.join("\n").into());
    }
    let folder = workspace.target.join("as-published");
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&folder)?,
    }
    let shown = folder.display().to_string();
    let packages = workspace.publishable().flat_map(|package| ["--package", &package.name]);
    // A working copy may have changes; the check is about the content, not about the commit.
    let arguments = ["package", "--locked", "--allow-dirty", "--no-verify", "--target-dir", &shown];
    let arguments: Vec<_> = arguments.into_iter().chain(packages).collect();
    program::run(&mut program::new("cargo", &arguments, &workspace.root))?;

    for package in workspace.publishable() {
        let file = format!("package/{}.crate", archive(package));
        // With the present time: all files of an archive have the same old one, so cargo would take them for those of an earlier run.
        program::run(&mut program::new("tar", &["-xz", "--touch", "-f", &file], &folder))?;
    }
    workspace.publishable().try_for_each(|package| compiles(package, &folder, workspace))?;
    Ok(Outcome::Passed)
}

/// Returns the name of a package's archive, and of the folder in it.
fn archive(package: &Package) -> String {
    format!("{}-{}", package.name, package.version)
}

/// Checks that the sources of an archive compile with its own lock file, and that its build script writes nothing into them.
fn compiles(package: &Package, folder: &Path, workspace: &Workspace) -> Result<(), Failure> {
    let sources = folder.join(archive(package));
    // The archive is no member of the workspace around it, and the registry does not have the other archives yet.
    let mut manifest = OpenOptions::new().append(true).open(sources.join("Cargo.toml"))?;
    writeln!(manifest, "\n[workspace]\n[patch.crates-io]")?;
    for other in workspace.publishable().filter(|other| other.name != package.name) {
        writeln!(manifest, "{} = {{ path = \"../{}\" }}", other.name, archive(other))?;
    }
    let before = files(&sources)?;
    let (own, target) =
        (sources.join("Cargo.toml").display().to_string(), workspace.target.display().to_string());
    // Quiet: cargo would report every patch that this package does not depend on.
    let check = ["check", "--quiet", "--offline", "--manifest-path", &own, "--target-dir", &target];
    program::run(&mut program::new("cargo", &check, &workspace.root))?;
    if files(&sources)? == before {
        return Ok(());
    }
    Err(format!("{}: compiling it changed files in {}", package.name, sources.display()).into())
}

/// Returns every file below a folder with its content, except the lock file, in which cargo replaces the packages of this repository.
fn files(folder: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "Cargo.lock") {
                found.insert(path.clone(), fs::read(path)?);
            }
        }
    }
    Ok(found)
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
