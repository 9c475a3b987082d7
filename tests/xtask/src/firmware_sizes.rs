//! The cost of the gateway on a device, in every configuration and on every board: flash and static RAM of the images; and,
//! counted on the emulated board, the stack, a TLS handshake and a call. Boards that are not emulated have no such figures.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    bare::image::Image,
    failure::Failure,
    program,
    table::{Mark, NOTHING, Row, Table},
    workspace::Workspace,
};

/// A board: its name in the tables, its folder in `firmware/`, its target.
const BOARDS: &[(&str, &str, &str)] = &[
    (EMULATED, "qemu-mps2-an386", "thumbv7em-none-eabihf"),
    ("NUCLEO-H743ZI", "nucleo-h743zi", "thumbv7em-none-eabihf"),
    ("Pico 2 with W5500", "pico2-w5500", "thumbv8m.main-none-eabihf"),
];
const EMULATED: &str = "QEMU mps2-an386";
const MEMORY: &str = "static RAM and stack, QEMU mps2-an386";

/// A configuration: its name in the table, its name for `measure` in `tests/suites/firmware`, the prefix of its package's name
/// before the board's name, and further arguments of cargo. The last one is the complete gateway; its image stays where the tests
/// look for it.
const CONFIGURATIONS: &[(&str, &str, &str, &[&str])] = &[
    ("core only", "core", MEASURED, &[]),
    ("and HTTP", "http", MEASURED, &["--features", "http"]),
    ("and TLS with ECDSA", "tls", "", &["--no-default-features"]),
    (WHOLE, "tls", "", &[]),
];
/// The packages in `tests/measure/images/gateway`.
const MEASURED: &str = "measured-";
const WHOLE: &str = "and RSA: the gateway";

/// A count: its name in the table, and in the report of `tests/suites/firmware`.
const COUNTED: &[(&str, &str)] =
    &[("TLS handshake, P-256 chain of three", "handshake"), ("call on a kept connection", "call")];

const FLASH: &str = "flash, B";
const RAM: &str = "RAM, B";
const INSTRUCTIONS: &str = "instructions";

pub(crate) const MARKS: &[Mark] = &[
    Mark { row: EMULATED, column: FLASH, most: 204_800, reached: true },
    Mark { row: MEMORY, column: RAM, most: 65_536, reached: true },
    Mark {
        row: "TLS handshake, P-256 chain of three",
        column: INSTRUCTIONS,
        most: 40_000_000,
        reached: true,
    },
    Mark { row: "call on a kept connection", column: INSTRUCTIONS, most: 300_000, reached: true },
];

/// An image with the counts of its run; none if no emulator runs it.
struct Measured {
    board: &'static str,
    configuration: &'static str,
    image: Image,
    report: BTreeMap<String, u64>,
}

/// Returns the gateway's table, which has marks, and the table of all configurations.
pub(crate) fn measure(workspace: &Workspace) -> Result<[Table; 2], Failure> {
    let mut all = Vec::new();
    for (board, folder, target) in BOARDS {
        for (configuration, kind, prefix, arguments) in CONFIGURATIONS {
            let package = format!("{prefix}{folder}");
            let path = build(workspace, folder, target, &package, arguments)?;
            let runs = *board == EMULATED;
            let report = if runs { report(workspace, kind, &path)? } else { BTreeMap::new() };
            all.push(Measured { board, configuration, image: Image::read(&path)?, report });
        }
    }
    Ok([gateway(&all)?, configurations(&all)])
}

fn gateway(all: &[Measured]) -> Result<Table, Failure> {
    let whole = || all.iter().filter(|it| it.configuration == WHOLE);
    let mut rows: Vec<_> = whole()
        .map(|it| Row {
            label: it.board.to_owned(),
            figures: vec![Some(it.image.flash), Some(it.image.statics), None],
        })
        .collect();
    let emulated = whole().find(|it| it.board == EMULATED).ok_or("the emulated board is not among them")?;
    let figure =
        |name: &str| emulated.report.get(name).copied().ok_or(format!("nothing was reported of `{name}`"));
    let memory = emulated.image.statics + figure("stack")?;
    rows.push(Row { label: MEMORY.to_owned(), figures: vec![None, Some(memory), None] });
    for (label, name) in COUNTED {
        rows.push(Row { label: (*label).to_owned(), figures: vec![None, None, Some(figure(name)?)] });
    }
    Ok(Table {
        name: "sizes:firmware",
        columns: vec!["gateway", FLASH, RAM, INSTRUCTIONS],
        rows,
        traffic: true,
        absent: NOTHING,
    })
}

fn configurations(all: &[Measured]) -> Table {
    let rows = all.iter().map(|it| {
        // Without TLS there is no handshake.
        let no_handshake = (!it.report.is_empty()).then_some(0);
        let figures = vec![
            Some(it.image.flash),
            Some(it.image.statics),
            it.report.get("stack").copied(),
            it.report.get("handshake").copied().or(no_handshake),
        ];
        Row { label: format!("{}: {}", it.board, it.configuration), figures }
    });
    Table {
        name: "sizes:configurations",
        columns: vec![
            "board and configuration",
            FLASH,
            "static RAM, B",
            "stack at its deepest, B",
            "handshake, instructions",
        ],
        rows: rows.collect(),
        traffic: true,
        absent: "not measured: needs the board",
    }
}

/// Builds an image, and returns a copy that the next build does not overwrite.
fn build(
    workspace: &Workspace,
    board: &str,
    target: &str,
    package: &str,
    arguments: &[&str],
) -> Result<PathBuf, Failure> {
    let firmware = workspace.root.join("firmware");
    let command = [&["build", "--locked", "--release", "--package", package], arguments].concat();
    program::run(&mut program::new("cargo", &command, &firmware.join(board)))?;
    let built = Workspace::at(&firmware.join("Cargo.toml"))?.target;
    let kept = built.join("measured");
    fs::create_dir_all(&kept)?;
    let kept = kept.join(format!("{package}{}", arguments.concat()));
    fs::copy(built.join(Path::new(target).join("release").join(package)), &kept)?;
    Ok(kept)
}

/// Reads lines `name number`.
fn report(workspace: &Workspace, kind: &str, image: &Path) -> Result<BTreeMap<String, u64>, Failure> {
    let image = image.display().to_string();
    let arguments = ["run", "--locked", "--quiet", "--bin", "measure", "--", kind, &image];
    let printed = program::output(&mut program::new(
        "cargo",
        &arguments,
        &workspace.root.join("tests/suites/firmware"),
    ))?;
    let mut figures = BTreeMap::new();
    for line in printed.lines() {
        let (name, figure) = line.split_once(' ').ok_or_else(|| format!("not a figure: {line}"))?;
        figures.insert(name.to_owned(), figure.parse()?);
    }
    Ok(figures)
}
