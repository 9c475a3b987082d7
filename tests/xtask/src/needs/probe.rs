//! Detects what is on the machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{failure::Failure, program, workspace::Workspace};

/// The toolchain for fuzzing and Miri; nothing that is shipped is built with it.
pub(crate) const NIGHTLY: &str = "nightly";

pub(super) enum Probe {
    /// A program in PATH, or in a system folder that PATH often leaves out.
    Program(&'static str),
    /// A folder, by its absolute path.
    Folder(&'static str),
    /// A program of at least this major and minor version.
    AtLeast(&'static str, (u32, u32)),
    /// A program that prints exactly this version line.
    Version(&'static str, &'static str),
    RustTarget(&'static str),
    OldestToolchain,
    /// A nightly toolchain with this component.
    Nightly(&'static str),
    /// `npm ci` was run in this folder since its lock file changed.
    NodeModules(&'static str),
    /// `python/install.py` of this folder has completed for its current `requirements.txt`.
    PythonPackages(&'static str),
    Either(&'static Self, &'static Self),
}

impl Probe {
    pub(super) fn is_met(&self, workspace: &Workspace) -> Result<bool, Failure> {
        Ok(match self {
            Self::Program(name) => find_program(name).is_some(),
            Self::Folder(path) => Path::new(path).is_dir(),
            Self::AtLeast(name, least) => version_of(name, workspace)
                .and_then(|printed| major_and_minor(&printed))
                .is_some_and(|found| found >= *least),
            Self::Either(one, other) => one.is_met(workspace)? || other.is_met(workspace)?,
            Self::Version(name, version) => {
                version_of(name, workspace).is_some_and(|found| found == *version)
            }
            Self::RustTarget(target) => rustup(&["target", "list", "--installed"], workspace)?
                .lines()
                .any(|line| line.trim() == *target),
            Self::OldestToolchain => {
                let installed = rustup(&["toolchain", "list"], workspace)?;
                let is_there =
                    |version: &String| installed.lines().any(|line| line.starts_with(&format!("{version}-")));
                workspace.oldest_toolchains()?.keys().all(is_there)
            }
            Self::Nightly(component) => {
                let list = ["component", "list", "--installed", "--toolchain", NIGHTLY];
                rustup(&list, workspace)
                    .is_ok_and(|list| list.lines().any(|line| line.starts_with(component)))
            }
            Self::NodeModules(folder) => {
                let folder = workspace.root.join(folder);
                // npm writes this file last, as a record of what it installed.
                let installed = modified(&folder.join("node_modules/.package-lock.json"));
                let Some(wanted) = modified(&folder.join("package-lock.json")) else {
                    println!("{} has no package-lock.json: no npm packages are asked for", folder.display());
                    return Ok(true);
                };
                installed.is_some_and(|installed| installed >= wanted)
            }
            Self::PythonPackages(folder) => {
                let folder = workspace.root.join(folder);
                let installed = fs::read(folder.join("packages/requirements.txt"));
                installed.ok() == Some(fs::read(folder.join("requirements.txt"))?)
            }
        })
    }
}

pub(super) fn find_program(name: &str) -> Option<PathBuf> {
    let listed = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&listed).chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|path| path.is_file())
}

fn version_of(program: &str, workspace: &Workspace) -> Option<String> {
    let path = find_program(program)?;
    let printed = program::output(&mut program::new(path, &["--version"], &workspace.root)).ok()?;
    Some(printed.trim().to_owned())
}

/// Returns the first two numbers in `v20.19.2` or `node 20.19`.
fn major_and_minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn rustup(arguments: &[&str], workspace: &Workspace) -> Result<String, Failure> {
    program::output(&mut program::new("rustup", arguments, &workspace.root)).map_err(|failure| {
        format!("rustup provides toolchains and targets here (https://rustup.rs): {failure}").into()
    })
}

fn modified(file: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_programs_print() {
        assert_eq!(major_and_minor("v20.19.2"), Some((20, 19)));
        assert_eq!(major_and_minor("node 18.20"), Some((18, 20)));
        assert_eq!(major_and_minor("unknown"), None);
    }
}
