//! The bare-metal images of `tests/measure/images/core`: build them, inspect them, run them in the emulator.

pub(crate) mod emulator;
pub(crate) mod image;

use std::path::PathBuf;

use crate::{failure::Failure, needs::BARE_METAL_TARGET as TARGET, program, workspace::Workspace};

/// The folder of core's package, relative to the root.
const PACKAGE: &str = "tests/measure/images/core";

/// The optimisation of the images: the name of a cargo profile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// `opt-level = "s"`, used for the table of sizes.
    Release,
    /// `opt-level = "z"`
    Smallest,
    /// `opt-level = 3`
    Fastest,
    /// `opt-level = 0`: nothing is inlined, so every function that is referred to has a symbol.
    Complete,
}

impl Profile {
    const fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Smallest => "smallest",
            Self::Fastest => "fastest",
            Self::Complete => "complete",
        }
    }

    pub(crate) const fn opt_level(self) -> &'static str {
        match self {
            Self::Release => "s",
            Self::Smallest => "z",
            Self::Fastest => "3",
            Self::Complete => "0",
        }
    }
}

/// Builds these images of core, and returns the folder that holds them.
pub(crate) fn build(workspace: &Workspace, profile: Profile, images: &[&str]) -> Result<PathBuf, Failure> {
    build_in(PACKAGE, workspace, profile, images, &[])
}

/// Builds these images of the package in another folder, with these features.
pub(crate) fn build_in(
    package: &str,
    workspace: &Workspace,
    profile: Profile,
    images: &[&str],
    features: &[&str],
) -> Result<PathBuf, Failure> {
    let directory = workspace.root.join(package);
    let mut arguments = vec!["build", "--locked", "--target", TARGET, "--profile", profile.name()];
    arguments.extend(images.iter().flat_map(|image| ["--bin", image]));
    arguments.extend(features.iter().flat_map(|feature| ["--features", feature]));
    program::run(&mut program::new("cargo", &arguments, &directory))?;
    Ok(Workspace::at(&directory.join("Cargo.toml"))?.target.join(TARGET).join(profile.name()))
}
