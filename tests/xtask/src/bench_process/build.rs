//! Builds the compared programs, each on its own so that features of one do not reach another, all with the same profile.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::candidates::{Artifact, Candidate, Features, Home};
use crate::{failure::Failure, program, workspace::Workspace};

/// A program that was built.
pub(super) struct Product {
    pub(super) candidate: &'static Candidate,
    pub(super) program: PathBuf,
    /// Bytes on disk, stripped.
    pub(super) size: u64,
    /// Crates in the release tree, its own package among them.
    pub(super) crates: usize,
}

pub(super) fn all(candidates: &[&'static Candidate], root: &Workspace) -> Result<Vec<Product>, Failure> {
    let peers = peers(root)?;
    same_profile(root, &peers)?;
    let mut products = Vec::new();
    for candidate in candidates {
        match candidate.home {
            Home::Root => products.push(one(candidate, root, root)?),
            Home::Peers => products.push(one(candidate, &peers, root)?),
            Home::Commit(commit) => match at_commit(commit, root)? {
                Some(then) => products.push(one(candidate, &then, root)?),
                None => {
                    println!("{}: not measured, because the history has no commit {commit}", candidate.name);
                }
            },
        }
    }
    for product in &products {
        renew(&product.program)?;
    }
    Ok(products)
}

/// Returns the workspace as of a commit, in the target folder; `None` if the history does not have it, as in a shallow clone.
fn at_commit(commit: &str, root: &Workspace) -> Result<Option<Workspace>, Failure> {
    let object = format!("{commit}^{{commit}}");
    if program::output(&mut program::new("git", &["cat-file", "-e", &object], &root.root)).is_err() {
        return Ok(None);
    }
    let folder = folder(root).join(commit);
    let manifest = folder.join("Cargo.toml");
    if !manifest.exists() {
        fs::create_dir_all(&folder)?;
        let archive = folder.with_extension("tar");
        let output = format!("--output={}", archive.display());
        program::run(&mut program::new("git", &["archive", &output, commit], &root.root))?;
        program::run(&mut program::new("tar", &["-xf", &archive.display().to_string()], &folder))?;
        fs::remove_file(&archive)?;
    }
    Workspace::at(&manifest).map(Some)
}

/// Returns the folder for copies of what is measured.
fn folder(root: &Workspace) -> PathBuf {
    root.target.join("bench-process")
}

pub(super) fn peers(root: &Workspace) -> Result<Workspace, Failure> {
    Workspace::at(&root.root.join("tests/measure/host/Cargo.toml"))
}

fn one(candidate: &'static Candidate, workspace: &Workspace, root: &Workspace) -> Result<Product, Failure> {
    let package = candidate.package;
    if workspace.packages.iter().all(|known| known.name != package) {
        let root = workspace.root.display();
        return Err(format!(
            "{}: there is no package {package} in {root}; leave it out with --only",
            candidate.name
        )
        .into());
    }
    let (flag, name, folder) = match candidate.artifact {
        Artifact::Binary(name) => ("--bin", name, "release"),
        Artifact::Example(name) => ("--example", name, "release/examples"),
    };
    let features = if candidate.features == Features::All { &["--all-features"][..] } else { &[] };
    let arguments = ["build", "--locked", "--release", "--package", package, flag, name];
    program::run(program::new("cargo", &arguments, &workspace.root).args(features))?;

    let built = workspace.target.join(folder).join(name);
    let program =
        installed(&built, candidate.name, root).map_err(|error| format!("{}: {error}", built.display()))?;
    let size = fs::metadata(&program)?.len();
    Ok(Product { candidate, program, size, crates: crates(package, features, &workspace.root)? })
}

/// Returns the path of a copy, as an installed program is one. The linker writes a file page by page, a copy is written at once;
/// the kernel maps the latter in larger pieces, with fewer page faults.
fn installed(built: &Path, candidate: &str, root: &Workspace) -> io::Result<PathBuf> {
    let folder = folder(root);
    fs::create_dir_all(&folder)?;
    let copy = folder.join(candidate.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-"));
    // The copy is always made anew, because an older one may be of another build.
    let _ = fs::remove_file(&copy);
    fs::copy(built, &copy)?;
    Ok(copy)
}

/// Writes a copy again. The kernel may have dropped it from memory while others were built, and would read it in smaller pieces, which lowers the
/// memory of a run by a few hundredths.
fn renew(copy: &Path) -> io::Result<()> {
    let new = copy.with_extension("new");
    fs::copy(copy, &new)?;
    fs::rename(new, copy)
}

fn crates(package: &str, features: &[&str], root: &Path) -> Result<usize, Failure> {
    let arguments =
        ["tree", "--locked", "--package", package, "--edges", "normal", "--prefix", "none", "--no-dedupe"];
    let tree = program::output(program::new("cargo", &arguments, root).args(features))?;
    let mut lines: Vec<_> = tree.lines().collect();
    lines.sort_unstable();
    lines.dedup();
    Ok(lines.len())
}

/// Settings in the root's profile for packages that no peer contains.
const OF_PROGRAMS: [&str; 8] = [
    ".package.clap_builder ",
    ".package.clap_complete ",
    ".package.clap_mangen ",
    ".package.genesys-token-broker ",
    ".package.jmespath ",
    ".package.libmimalloc-sys ",
    ".package.toml_edit ",
    ".package.toml_parser ",
];

/// Fails if the profiles differ: programs with different optimisation cannot be compared.
fn same_profile(root: &Workspace, peers: &Workspace) -> Result<(), Failure> {
    let profile = |workspace: &Workspace| -> Result<Vec<String>, Failure> {
        Ok(release_profile(&fs::read_to_string(workspace.root.join("Cargo.toml"))?))
    };
    let (mut ours, theirs) = (profile(root)?, profile(peers)?);
    ours.retain(|setting| !OF_PROGRAMS.iter().any(|package| setting.starts_with(package)));
    if ours.is_empty() || ours != theirs {
        return Err(format!(
            "[profile.release] differs: {} in the root, {} in tests/measure/host",
            ours.join(", "),
            theirs.join(", ")
        )
        .into());
    }
    println!("Every candidate is built with: {}", ours.join(", "));
    Ok(())
}

/// Returns the settings of a manifest's `[profile.release]` and its subtables, each prefixed by its table's name, in alphabetical
/// order.
fn release_profile(manifest: &str) -> Vec<String> {
    let mut table = "";
    let mut settings = Vec::new();
    for line in manifest.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('[') {
            table = line.trim_matches(['[', ']']);
        } else if let Some(of) = table.strip_prefix("profile.release") {
            settings.push(format!("{of} {line}").trim().to_owned());
        }
    }
    settings.sort_unstable();
    settings
}

#[cfg(test)]
mod tests {
    use super::release_profile;

    #[test]
    fn a_profile_goes_on_in_the_tables_below_it() {
        let manifest = "[profile.release]\n# why\nopt-level = 3\nlto = \"fat\"\n\n[profile.release.package.x]\nstrip = true\n\n[lints]\na = 1\n";
        assert_eq!(release_profile(manifest), [".package.x strip = true", "lto = \"fat\"", "opt-level = 3"]);
        assert!(release_profile("[workspace]\n").is_empty());
    }
}
