//! The bare-metal images of `tests/measure/images/core`: building them, looking into them, running them in the emulator.

pub(crate) mod emulator;
pub(crate) mod image;

use std::path::PathBuf;

use crate::{failure::Failure, needs::BARE_METAL_TARGET as TARGET, program, workspace::Workspace};

/// The folder of core's package, seen from the root.
const PACKAGE: &str = "tests/measure/images/core";

/// How the images are optimised, by cargo's name of the profile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// `opt-level = "s"`, what the table of sizes is made with.
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

/// Builds core's images of these names. They stand in the folder returned.
pub(crate) fn build(workspace: &Workspace, profile: Profile, images: &[&str]) -> Result<PathBuf, Failure> {
    build_in(PACKAGE, workspace, profile, images, &[])
}

/// The same for the package in another folder, with these features of it.
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
