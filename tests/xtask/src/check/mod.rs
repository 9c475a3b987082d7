//! `cargo xtask check`: every check that is not a test. The fast steps come first.

mod bare_metal;
mod features;
mod firmware;
mod other_systems;
mod package;
mod references;
mod supply;
mod wine;

use lexopt::Parser;
pub(crate) use references::COMMAND_NAMES;

use crate::{
    failure::Failure,
    language, needs, packages, program, public_api, simulate, states,
    steps::{self, Companions, Outcome, Step},
    structure,
    workspace::{FEATURES, Workspace},
};

pub(crate) const STRUCTURE: Step = Step {
    name: "structure",
    about: "no module circles, no imports against the layers, no file of more than 500 lines",
    needs: &[],
    run: structure::check,
};

pub(crate) const LANGUAGE: Step = Step {
    name: "language",
    about: "prose and names contain no word that has a plainer replacement",
    needs: &[],
    run: language::check,
};

pub(crate) const REFERENCES: Step = Step {
    name: "references",
    about: "files, commands, packages and tests that documents name exist; examples are short",
    needs: &[],
    run: references::are_there,
};

pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "lock-files",
        about: "every Cargo.lock is complete as committed",
        needs: &[],
        run: lock_files,
    },
    Step { name: "fmt", about: "rustfmt has nothing to change", needs: &[], run: fmt },
    Step {
        name: "clippy",
        about: "no lint of rustc or clippy is left, in the suites and the fuzz targets as well",
        needs: &[&needs::CXX],
        run: clippy,
    },
    Step {
        name: "clippy-apart",
        about: "no lint is left in what is only measured",
        needs: &[&needs::BARE_METAL],
        run: clippy_apart,
    },
    Step {
        name: "features",
        about: "every publishable package for hosts with every set of its features compiles and leaves no lint",
        needs: &[],
        run: features::each_set,
    },
    Step { name: "doc", about: "rustdoc reports nothing", needs: &[], run: doc },
    STRUCTURE,
    LANGUAGE,
    REFERENCES,
    Step {
        name: "deny",
        about: "licences and sources of everything in Cargo.lock; banned or duplicate crates in published packages",
        needs: &[&needs::CARGO_DENY],
        run: supply::deny,
    },
    Step {
        name: "advisories",
        about: "no known vulnerability in Cargo.lock (RustSec; needs the network)",
        needs: &[&needs::CARGO_DENY],
        run: supply::advisories,
    },
    Step {
        name: "no-alloc-tree",
        about: "no dependency of a no_std package has a std or alloc feature switched on",
        needs: &[],
        run: bare_metal::tree,
    },
    Step {
        name: "bare-metal",
        about: "every no_std package with every set of features compiles without std and without an allocator, and leaves no lint",
        needs: &[&needs::BARE_METAL],
        run: bare_metal::each_set,
    },
    Step {
        name: "picture",
        about: "the picture of packages and modules in ARCHITECTURE.md is current",
        needs: &[],
        run: structure::picture::check,
    },
    Step {
        name: "states",
        about: "the picture of the lifecycle's states in ARCHITECTURE.md is current",
        needs: &[],
        run: states::check,
    },
    Step {
        name: "firmware",
        about: "every board's image builds, without a lint in it",
        needs: &[&needs::BARE_METAL, &needs::BARE_METAL_RISC_V, &needs::BARE_METAL_V8],
        run: firmware::images,
    },
    Step {
        name: "windows",
        about: "no lint is left in what only Windows compiles",
        needs: &[&needs::WINDOWS, &needs::MINGW],
        run: other_systems::windows,
    },
    Step {
        name: "wine",
        about: "the tool is built for Windows, and its test suite runs under Wine",
        needs: &[&needs::WINDOWS, &needs::MINGW, &needs::WINE],
        run: wine::check,
    },
    Step {
        name: "macos",
        about: "the types of tool and host library are right on macOS; nothing is linked or run there",
        needs: &[&needs::MACOS],
        run: other_systems::macos,
    },
    Step {
        name: "packages",
        about: "static programs for gateways, their Debian packages and their image are built, installed and run",
        needs: packages::NEEDS,
        run: packages::check,
    },
    Step {
        name: "processors",
        about: "the programs for aarch64 and armv7 are built and run, in the emulator of their processor",
        needs: packages::FOREIGN_NEEDS,
        run: packages::check_foreign,
    },
    Step { name: "simulation", about: "docs/simulation is current", needs: &[], run: simulate::check },
    Step {
        name: "msrv",
        about: "every publishable package builds with the toolchain of rust-version",
        needs: &[&needs::OLDEST_TOOLCHAIN],
        run: msrv,
    },
    Step {
        name: "public-api",
        about: "every public-api.txt is current",
        needs: &[],
        run: |workspace| public_api::check(workspace, false).map(|()| Outcome::Passed),
    },
    Step {
        name: "package",
        about: "every publishable package is ready to publish",
        needs: &[],
        run: package::ready,
    },
];

/// Boards and the other workspaces have target folders of their own; the rest builds with optimisation or with another toolchain, where no other step does. It is about half
/// of the work.
const BESIDE: Companions = Companions {
    names: &["clippy-apart", "firmware", "packages", "processors", "simulation", "msrv"],
    until: None,
    low_priority: false,
};

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    steps::command("check", STEPS, &BESIDE, arguments)
}

fn lock_files(workspace: &Workspace) -> Result<Outcome, Failure> {
    for manifest in Workspace::manifests(&workspace.root) {
        let manifest = manifest.display().to_string();
        let arguments = ["metadata", "--locked", "--format-version", "1", "--manifest-path", &manifest];
        program::output(&mut program::new("cargo", &arguments, &workspace.root))?;
        println!("{manifest}: its lock file is complete");
    }
    Ok(Outcome::Passed)
}

fn fmt(workspace: &Workspace) -> Result<Outcome, Failure> {
    for manifest in Workspace::manifests(&workspace.root) {
        let manifest = manifest.display().to_string();
        let arguments = ["fmt", "--all", "--check", "--manifest-path", &manifest];
        program::run(&mut program::new("cargo", &arguments, &workspace.root))?;
    }
    Ok(Outcome::Passed)
}

fn clippy(workspace: &Workspace) -> Result<Outcome, Failure> {
    let lints = ["--", "-D", "warnings"];
    let arguments = [&["clippy", "--workspace", "--all-targets"], FEATURES, &lints].concat();
    program::run(&mut program::new("cargo", &arguments, &workspace.root))?;
    // In one target folder: most of what they depend on is compiled already.
    let target = workspace.target.display().to_string();
    for folder in ["tests/suites", "fuzz"] {
        let whole = ["clippy", "--locked", "--workspace", "--all-targets", "--target-dir", &target];
        let arguments = [&whole[..], &lints].concat();
        program::run(&mut program::new("cargo", &arguments, &workspace.root.join(folder)))?;
    }
    Ok(Outcome::Passed)
}

/// The workspaces of `tests/measure`, whose lock files are separate from the published packages'. The images have a target of their own and no tests.
fn clippy_apart(workspace: &Workspace) -> Result<Outcome, Failure> {
    for (folder, targets) in [
        ("tests/measure/host", &["--all-targets"][..]),
        ("tests/measure/images", &["--target", needs::BARE_METAL_TARGET]),
    ] {
        let arguments =
            [&["clippy", "--quiet", "--locked", "--workspace"], targets, &["--", "-D", "warnings"]].concat();
        program::run(&mut program::new("cargo", &arguments, &workspace.root.join(folder)))?;
    }
    Ok(Outcome::Passed)
}

fn doc(workspace: &Workspace) -> Result<Outcome, Failure> {
    let arguments = [&["doc", "--workspace", "--no-deps"], FEATURES].concat();
    let mut command = program::new("cargo", &arguments, &workspace.root);
    program::run(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Passed)
}

/// With the default features and with all: every other set is between them, since features are additive. In a target folder of its own, because
/// nothing that another toolchain has compiled can be used.
fn msrv(workspace: &Workspace) -> Result<Outcome, Failure> {
    let target = workspace.target.join("msrv").display().to_string();
    for (toolchain, packages) in workspace.oldest_toolchains()? {
        let packages = packages.iter().flat_map(|package| ["--package", &package.name]);
        let base: Vec<_> = ["run", &toolchain, "cargo", "check", "--locked", "--target-dir", &target]
            .into_iter()
            .chain(packages)
            .collect();
        for features in [&[][..], &["--all-features"]] {
            let arguments = [&base[..], features].concat();
            program::run(&mut program::new("rustup", &arguments, &workspace.root))?;
        }
    }
    Ok(Outcome::Passed)
}
