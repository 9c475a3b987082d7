//! Installs what is missing: Debian packages and what needs them, toolchains, and cargo's tools, each kind beside the others, since the first two wait
//! for downloads and the disk, and the third computes.

use std::{path::PathBuf, process::Command, thread};

use super::probe::{NIGHTLY, find_program};
use crate::{failure::Failure, lanes, program, workspace::Workspace};

pub(super) enum Install {
    /// Debian packages: installed through apt-get as root, otherwise the command is printed.
    Debian(&'static [&'static str]),
    RustTarget(&'static str),
    OldestToolchain,
    Nightly(&'static str),
    /// A cargo tool without optimisation: it builds in a third of the time, and checks this workspace in a second.
    CargoTool {
        package: &'static str,
        version: &'static str,
    },
    NodeModules(&'static str),
    PythonPackages(&'static str),
}

/// What is installed one after the other.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Debian packages, in one command, then packages of npm, which is one of them, and of Python.
    Packages,
    /// rustup changes one toolchain at a time.
    Toolchains,
    CargoTools,
}

/// Installs all of these. Fails if one cannot be installed, after the other kinds have ended.
pub(super) fn all(missing: &[(&str, &Install)], workspace: &Workspace) -> Result<(), Failure> {
    let mut packages = debian(missing, workspace)?;
    packages.extend(commands(missing, Kind::Packages, workspace)?);
    let kinds = [
        packages,
        commands(missing, Kind::Toolchains, workspace)?,
        commands(missing, Kind::CargoTools, workspace)?,
    ];
    let failed: Vec<String> = thread::scope(|scope| {
        let running: Vec<_> = kinds.into_iter().map(|kind| scope.spawn(|| in_turn(kind))).collect();
        let ended = running
            .into_iter()
            .map(|kind| kind.join().unwrap_or_else(|_| Err("a thread has panicked".into())));
        ended.filter_map(Result::err).collect()
    });
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n\n").into()) }
}

/// A command, and what a failure of it means.
struct Task {
    command: Command,
    failure: String,
}

fn in_turn(tasks: Vec<Task>) -> Result<(), String> {
    for mut task in tasks {
        lanes::one(&mut task.command).map_err(|failure| format!("{}: {failure}", task.failure))?;
    }
    Ok(())
}

fn commands(missing: &[(&str, &Install)], kind: Kind, workspace: &Workspace) -> Result<Vec<Task>, Failure> {
    let mut tasks = Vec::new();
    for (name, install) in missing.iter().filter(|(_, install)| install.kind() == kind) {
        if let Some((command, directory)) = install.command(workspace)? {
            let words: Vec<_> = command.split_whitespace().collect();
            let command = program::new(words[0], &words[1..], &directory);
            tasks.push(Task { command, failure: format!("{name} is needed and could not be installed") });
        }
    }
    Ok(tasks)
}

/// Returns the commands for all Debian packages at once; none if none is missing.
fn debian(missing: &[(&str, &Install)], workspace: &Workspace) -> Result<Vec<Task>, Failure> {
    let packages: Vec<_> = missing.iter().flat_map(|(_, install)| install.debian()).copied().collect();
    if packages.is_empty() {
        return Ok(Vec::new());
    }
    let list = packages.join(" ");
    let by_hand = format!("sudo apt-get update && sudo apt-get install --yes --no-install-recommends {list}");
    if find_program("apt-get").is_none() {
        return Err(
            format!("these Debian packages, or what your system calls them, are needed: {list}").into()
        );
    }
    if !nix::unistd::geteuid().is_root() {
        return Err(format!("Debian packages are needed; run this, then try again:\n    {by_hand}").into());
    }
    let install = [&["install", "--yes", "--no-install-recommends"], &packages[..]].concat();
    let task = |arguments: &[&str]| {
        let mut command = program::new("apt-get", arguments, &workspace.root);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        Task { command, failure: format!("Debian packages are needed. By hand:\n    {by_hand}\n") }
    };
    Ok(vec![task(&["update"]), task(&install)])
}

impl Install {
    fn kind(&self) -> Kind {
        match self {
            Self::Debian(_) | Self::NodeModules(_) | Self::PythonPackages(_) => Kind::Packages,
            Self::RustTarget(_) | Self::OldestToolchain | Self::Nightly(_) => Kind::Toolchains,
            Self::CargoTool { .. } => Kind::CargoTools,
        }
    }

    fn debian(&self) -> &'static [&'static str] {
        if let Self::Debian(packages) = self { packages } else { &[] }
    }

    /// Returns the command and its folder; `None` for Debian packages, which share one command.
    fn command(&self, workspace: &Workspace) -> Result<Option<(String, PathBuf)>, Failure> {
        let root = workspace.root.clone();
        Ok(Some(match self {
            Self::Debian(_) => return Ok(None),
            Self::RustTarget(target) => (format!("rustup target add {target}"), root),
            Self::OldestToolchain => {
                let versions: Vec<_> = workspace.oldest_toolchains()?.into_keys().collect();
                let versions = versions.join(" ");
                (format!("rustup toolchain install {versions} --profile minimal --no-self-update"), root)
            }
            Self::Nightly(component) => (
                format!(
                    "rustup toolchain install {NIGHTLY} --profile minimal --no-self-update --component {component}"
                ),
                root,
            ),
            Self::CargoTool { package, version } => (
                format!(
                    "cargo install {package} --version ={version} --locked --profile dev \
                     --config profile.dev.debug=false --config profile.dev.incremental=false"
                ),
                root,
            ),
            Self::NodeModules(folder) => ("npm ci --no-audit --no-fund".to_owned(), root.join(folder)),
            Self::PythonPackages(folder) => ("python3 install.py".to_owned(), root.join(folder)),
        }))
    }
}
