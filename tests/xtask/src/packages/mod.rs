//! `cargo xtask packages`: the programs for gateways, built, run and put into `target/packages`.

pub(crate) mod booted;
mod build;
mod debian;
mod image;
mod image_run;
pub(crate) mod installed;
mod run;
mod tar;
mod targets;

use lexopt::{Arg, Parser};

use crate::{
    failure::Failure,
    needs::{self, Need},
    sandbox::Sandbox,
    steps::Outcome,
    workspace::Workspace,
};
use build::Profile;
use targets::{TARGETS, Target};

/// What [`check`] needs.
pub(crate) const NEEDS: &[&Need] = TARGETS[0].needs;
/// What [`check_foreign`] needs.
pub(crate) const FOREIGN_NEEDS: &[&Need] =
    &[&needs::MUSL_AARCH64, &needs::GCC_AARCH64, &needs::GNU_ARMV7, &needs::GCC_ARMV7, &needs::QEMU_USER];

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let mut targets: Vec<&Target> = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("target") => targets.push(named(&arguments.value()?.to_string_lossy())?),
            other => return Err(other.unexpected().into()),
        }
    }
    if targets.is_empty() {
        targets.extend(TARGETS);
    }
    let workspace = Workspace::load()?;
    let all: Vec<_> = targets.iter().flat_map(|target| target.needs).copied().collect();
    needs::provide(&all, &workspace)?;
    for unchecked in make(&targets, &workspace)? {
        println!("NOT CHECKED: {unchecked}");
    }
    Ok(())
}

/// The step of `cargo xtask check`: the packages of this machine's own system.
pub(crate) fn check(workspace: &Workspace) -> Result<Outcome, Failure> {
    let unchecked = make(&[&TARGETS[0]], workspace)?;
    Ok(if unchecked.is_empty() { Outcome::Passed } else { Outcome::Skipped(unchecked.join("; ")) })
}

/// The step of `cargo xtask check`: the programs of the other systems, in the emulator of their processors.
pub(crate) fn check_foreign(workspace: &Workspace) -> Result<Outcome, Failure> {
    let sandbox = Sandbox::start("packages", workspace)?;
    let version = version(workspace)?;
    for target in TARGETS.iter().filter(|target| !target.runs_here()) {
        let folder = build::all(target, Profile::Dev, workspace)?;
        run::check(target, &folder, version, &sandbox)?;
    }
    Ok(Outcome::Passed)
}

fn named(triple: &str) -> Result<&'static Target, Failure> {
    TARGETS.iter().find(|target| target.triple == triple).ok_or_else(|| {
        let known: Vec<_> = TARGETS.iter().map(|target| target.triple).collect();
        format!("there are no packages for `{triple}`; there are for: {}", known.join(", ")).into()
    })
}

/// Returns what could not be checked.
fn make(targets: &[&Target], workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let sandbox = Sandbox::start("packages", workspace)?;
    let version = version(workspace)?;
    let mut unchecked = Vec::new();
    for target in targets {
        println!("\n== packages: {}", target.triple);
        let folder = build::all(target, Profile::Release, workspace)?;
        run::check(target, &folder, version, &sandbox)?;
        let Some(architecture) = target.image else { continue };
        let packages = debian::build(target, None, &folder, workspace)?;
        let image = image::write(architecture, version, &folder, workspace)?;
        if target.runs_here() {
            let newer = debian::build(target, Some(&format!("{version}-2")), &folder, workspace)?;
            unchecked.extend(installed::check(&packages, &newer, &sandbox)?);
            unchecked.extend(booted::check(&packages, &sandbox, &workspace.root)?);
            unchecked.extend(image_run::check(&image, &sandbox)?);
        }
    }
    Ok(unchecked)
}

/// Returns the version that all packages share.
fn version(workspace: &Workspace) -> Result<&str, Failure> {
    let package = workspace.packages.iter().find(|package| package.name == build::PROGRAMS[0]);
    Ok(&package.ok_or("the workspace has no package genesys-token")?.version)
}
