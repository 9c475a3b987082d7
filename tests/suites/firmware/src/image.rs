//! The board's image: built once, with the toolchain and the lock file of the repository.

use core::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use defmt_decoder::Table;
use object::{Object as _, ObjectSymbol as _, SymbolKind};

use crate::Machine;

/// A built image of a board.
#[derive(Debug)]
pub struct Image {
    /// The ELF file.
    pub path: PathBuf,
    table: Option<Table>,
    /// The address range and name of each function.
    functions: Vec<(Range<u64>, String)>,
}

/// Prefixes of the variables that `cargo test` sets about the package under test. Passed on, they would make cargo rebuild the packages that
/// read them.
const OWN_VARIABLES: &[&str] =
    &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_NAME", "CARGO_BIN_NAME", "CARGO_PRIMARY_"];

impl Image {
    /// Returns the image of [this run's board](Machine::of_this_run), built if it is older than its sources.
    ///
    /// # Panics
    ///
    /// When it cannot be built: a test that needs it must not pass without it.
    pub fn emulated() -> &'static Self {
        static IMAGE: OnceLock<Image> = OnceLock::new();
        IMAGE.get_or_init(|| Self::built(Machine::of_this_run()))
    }

    fn built(machine: Machine) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../firmware");
        let (board, target) = (machine.package(), machine.target());
        let arguments = ["--release", "--package", board, "--target", target, "--target-dir", "target"];
        build(&folder, &arguments);
        Self::read(folder.join("target").join(target).join("release").join(board))
    }

    /// Reads an image that was built before.
    ///
    /// # Panics
    ///
    /// When it cannot be read.
    #[must_use]
    pub fn read(path: PathBuf) -> Self {
        let elf = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let table = Table::parse(&elf).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let functions = functions(&elf).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, table, functions }
    }

    /// Returns the functions that contain the addresses in a line of the log, for example `0x148 0x16e08`, in its order.
    #[must_use]
    pub fn functions(&self, line: &str) -> Vec<&str> {
        let addresses =
            line.split(' ').filter_map(|word| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok());
        let function = |address| self.functions.iter().find(|(range, _)| range.contains(&address));
        addresses.map(|address| function(address).map_or("?", |(_, name)| name)).collect()
    }

    /// Returns the table with which its log is decoded.
    pub(crate) fn table(&self) -> &Table {
        self.table.as_ref().unwrap_or_else(|| panic!("{} contains no defmt table", self.path.display()))
    }
}

/// Runs `cargo build`.
///
/// # Panics
///
/// When it fails.
pub(crate) fn build(folder: &Path, arguments: &[&str]) {
    let mut build = Command::new("cargo");
    build.args(["build", "--locked"]).args(arguments).current_dir(folder);
    build.env_remove("RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
    for (name, _) in std::env::vars_os() {
        if OWN_VARIABLES.iter().any(|own| name.to_string_lossy().starts_with(own)) {
            build.env_remove(name);
        }
    }
    let status = build.status().unwrap_or_else(|error| panic!("cargo cannot be started: {error}"));
    assert!(status.success(), "`cargo build {}` failed; see above", arguments.join(" "));
}

fn functions(elf: &[u8]) -> object::Result<Vec<(Range<u64>, String)>> {
    let file = object::File::parse(elf)?;
    let functions = file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text);
    Ok(functions
        .map(|symbol| {
            // Without the bit that marks Thumb instructions; no instruction of another processor has an odd address.
            let start = symbol.address() & !1;
            let name = rustc_demangle::demangle(symbol.name().unwrap_or_default());
            (start..start + symbol.size(), format!("{name:#}"))
        })
        .collect())
}
