//! `cargo xtask fuzz`: every fuzz target for some time, two at once. `cargo xtask fuzz-coverage`: what the seeds reach.

pub(crate) mod coverage;
mod run;

use std::{path::PathBuf, process::Command, time::Duration};

use lexopt::{Arg, Parser};

use crate::{
    Failure,
    needs::{self, NIGHTLY, Need},
    program,
    workspace::Workspace,
};

pub(crate) const NEEDS: &[&Need] = &[&needs::CXX, &needs::NIGHTLY_LLVM_TOOLS, &needs::CARGO_FUZZ];

/// What each target gets in every CI run.
pub(crate) const SHORT: Duration = Duration::from_secs(30);

/// A fuzz target and the dictionary that helps it, both by name.
struct Target {
    name: &'static str,
    dictionary: &'static str,
}

const TARGETS: &[Target] = &[
    Target { name: "parse_token", dictionary: "token" },
    Target { name: "parse_refusal", dictionary: "refusal" },
    Target { name: "parse_api_error", dictionary: "refusal" },
    Target { name: "request_roundtrip", dictionary: "request" },
    Target { name: "form_reader", dictionary: "form" },
    Target { name: "retry_after", dictionary: "date" },
    Target { name: "redirect_fragment", dictionary: "form" },
    Target { name: "lifecycle", dictionary: "lifecycle" },
    Target { name: "http_response", dictionary: "http" },
    Target { name: "certificate_chain", dictionary: "certificate" },
    Target { name: "tls_records", dictionary: "records" },
];

/// The folder of the fuzz targets.
struct Fuzz {
    directory: PathBuf,
    /// Where cargo puts what it builds for it.
    target: PathBuf,
}

impl Fuzz {
    fn find(workspace: &Workspace) -> Result<Self, Failure> {
        let directory = workspace.root.join("fuzz");
        let target = Workspace::at(&directory.join("Cargo.toml"))?.target;
        Ok(Self { directory, target })
    }

    /// A command of the nightly toolchain, in this folder.
    fn nightly(&self, arguments: &[&str]) -> Command {
        program::new("rustup", &[&["run", NIGHTLY], arguments].concat(), &self.directory)
    }
}

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let (mut time, mut only) = (SHORT, Vec::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("minutes") => time = Duration::from_secs(number(arguments)?.saturating_mul(60)),
            Arg::Long("seconds") => time = Duration::from_secs(number(arguments)?),
            Arg::Long("only") => only.push(arguments.value()?.to_string_lossy().into_owned()),
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(unknown) = only.iter().find(|name| TARGETS.iter().all(|target| target.name != **name)) {
        let known: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("there is no target `{unknown}`; there are: {}", known.join(", ")).into());
    }
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    let wanted = |target: &&Target| only.is_empty() || only.iter().any(|name| name == target.name);
    run::all(&TARGETS.iter().filter(wanted).collect::<Vec<_>>(), time, &workspace)
}

/// Every target, for a short time each.
pub(crate) fn short(workspace: &Workspace) -> Result<(), Failure> {
    run::all(&TARGETS.iter().collect::<Vec<_>>(), SHORT, workspace)
}

fn number(arguments: &mut Parser) -> Result<u64, Failure> {
    let value = arguments.value()?;
    let number =
        value.to_string_lossy().parse::<u64>().map_err(|_| format!("not a number: {}", value.display()))?;
    if number == 0 { Err("no time at all would find nothing".into()) } else { Ok(number) }
}
