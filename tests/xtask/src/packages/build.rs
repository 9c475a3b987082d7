//! Builds the programs for a system, and checks that the files are what their names promise.

use std::{env, fs, path::PathBuf};

use object::{
    Architecture, Endianness, FileKind, Object as _, elf,
    read::elf::{FileHeader, ProgramHeader as _},
};

use super::targets::Target;
use crate::{failure::Failure, program, workspace::Workspace};

/// Packages and the programs of the same names.
pub(super) const PROGRAMS: [&str; 2] = ["genesys-token", "genesys-token-broker"];

/// A profile of cargo.
#[derive(Clone, Copy)]
pub(super) enum Profile {
    /// What is installed.
    Release,
    /// Without optimisation, for programs that are only run: it takes a fifth of the time.
    Dev,
}

impl Profile {
    /// Returns the name, and that of cargo's folder for it.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Release => ("release", "release"),
            Self::Dev => ("dev", "debug"),
        }
    }
}

/// Returns the folder with the programs of a system: `target/packages/<triple>`, or `target/packages/dev/<triple>`.
pub(super) fn all(target: &Target, profile: Profile, workspace: &Workspace) -> Result<PathBuf, Failure> {
    let packages = PROGRAMS.iter().flat_map(|name| ["--package", name]);
    let (name, built) = profile.names();
    let arguments = ["build", "--locked", "--profile", name, "--target", target.triple];
    let arguments: Vec<_> = arguments.into_iter().chain(packages).collect();
    let replaced = replaced(workspace)?;
    let flags: Vec<_> =
        replaced.iter().map(|(from, to)| format!("--remap-path-prefix={from}={to}")).collect();
    let mut command = program::new("cargo", &arguments, &workspace.root);
    command.envs(target.environment()).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    program::run(&mut command)?;

    let built = workspace.target.join(target.triple).join(built);
    let folder = workspace.target.join("packages");
    let folder = match profile {
        Profile::Release => folder.join(target.triple),
        Profile::Dev => folder.join("dev").join(target.triple),
    };
    fs::create_dir_all(&folder)?;
    for name in PROGRAMS {
        let program = folder.join(name);
        // A copy that still runs cannot be written to, but it can be replaced.
        let _ = fs::remove_file(&program);
        fs::copy(built.join(name), &program)
            .map_err(|error| format!("{}: {error}", built.join(name).display()))?;
        let bytes = fs::read(&program)?;
        is_as_promised(&bytes, target).map_err(|wrong| format!("{}: {wrong}", program.display()))?;
        let named = replaced.iter().find(|(folder, _)| contains(&bytes, folder.as_bytes()));
        if let (Profile::Release, Some((folder, _))) = (profile, named) {
            return Err(format!("{} names {folder}, a folder of this machine", program.display()).into());
        }
        println!("{}: {:.1} MB", program.display(), megabytes(bytes.len()));
    }
    Ok(folder)
}

/// Returns folders of this machine and what stands for them in programs: they say who built one, and every other machine would build
/// other bytes.
fn replaced(workspace: &Workspace) -> Result<[(String, &'static str); 2], Failure> {
    let home = env::home_dir().ok_or("the home folder is not known")?;
    let cargo = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    Ok([(workspace.root.display().to_string(), "genesys-token"), (cargo.display().to_string(), "cargo")])
}

fn is_as_promised(bytes: &[u8], target: &Target) -> Result<(), Failure> {
    let architecture = object::File::parse(bytes)?.architecture();
    let promised = match target.triple.split('-').next() {
        Some("x86_64") => Architecture::X86_64,
        Some("aarch64") => Architecture::Aarch64,
        _ => Architecture::Arm,
    };
    if architecture != promised {
        return Err(format!("is for {architecture:?}, not for {promised:?}").into());
    }
    let has_interpreter = match FileKind::parse(bytes)? {
        FileKind::Elf32 => has_interpreter::<elf::FileHeader32<Endianness>>(bytes)?,
        _ => has_interpreter::<elf::FileHeader64<Endianness>>(bytes)?,
    };
    // Shared libraries are loaded by the interpreter, ld.so.
    if has_interpreter == target.is_static {
        let wrong = if target.is_static { "is not static" } else { "is static" };
        return Err(format!("{wrong}: the linker was not the one for this system").into());
    }
    Ok(())
}

fn has_interpreter<Elf: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<bool, Failure> {
    let header = Elf::parse(bytes)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, bytes)?;
    Ok(segments.iter().any(|segment| segment.p_type(endian) == elf::PT_INTERP))
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|part| part == wanted)
}

#[allow(clippy::cast_precision_loss, reason = "a size for people")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
