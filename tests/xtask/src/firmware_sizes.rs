//! The cost of the gateway on a device, in every configuration and on every board: flash and static RAM of the images; and,
//! counted on the emulated boards, the stack, a TLS handshake and a call. Boards that are not emulated have no such figures.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    bare::image::Image,
    boards::{self, BOARDS, Board},
    failure::Failure,
    program,
    table::{Mark, NOTHING, Row, Table},
    workspace::Workspace,
};

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

/// A figure of an emulated board's run: what it is, which the board's name follows in the table; its name in the report of
/// `tests/suites/firmware`; its column.
const REPORTED: [(&str, &str, &str); 3] = [
    (MEMORY, "stack", RAM),
    (HANDSHAKE, "handshake", INSTRUCTIONS),
    ("call on a kept connection", "call", INSTRUCTIONS),
];
const MEMORY: &str = "static RAM and stack";
const HANDSHAKE: &str = "TLS handshake, P-256 chain of three";

const FLASH: &str = "flash, B";
const RAM: &str = "RAM, B";
const INSTRUCTIONS: &str = "instructions";

const CORTEX_M4: &str = boards::CORTEX_M4.title;
const RISC_V: &str = boards::RISC_V.title;

const MARKS: [Mark; 4] = [
    Mark { row: CORTEX_M4, column: FLASH, most: 194_560, reached: true },
    Mark { row: "static RAM and stack, QEMU mps2-an386", column: RAM, most: 65_536, reached: true },
    Mark {
        row: "TLS handshake, P-256 chain of three, QEMU mps2-an386",
        column: INSTRUCTIONS,
        most: 40_000_000,
        reached: true,
    },
    Mark {
        row: "call on a kept connection, QEMU mps2-an386",
        column: INSTRUCTIONS,
        most: 300_000,
        reached: true,
    },
];
/// The RISC-V image's flash, as a percentage of the Cortex-M4's: its instructions are longer.
const MOST_OF_CORTEX_M4: u64 = 135;

/// Returns the marks of the gateway's table.
pub(crate) fn marks(gateway: &Table) -> Vec<Mark> {
    let most = gateway.figure(CORTEX_M4, FLASH).unwrap_or_default() * MOST_OF_CORTEX_M4 / 100;
    MARKS.into_iter().chain([Mark { row: RISC_V, column: FLASH, most, reached: true }]).collect()
}

/// An image with the counts of its run; none if no emulator runs it.
struct Measured {
    board: &'static Board,
    configuration: &'static str,
    image: Image,
    report: BTreeMap<String, u64>,
}

/// Builds every image that [`measure`] measures.
pub(crate) fn build_all(workspace: &Workspace) -> Result<(), Failure> {
    for board in BOARDS {
        for (_, _, prefix, arguments) in CONFIGURATIONS {
            build(workspace, board, &format!("{prefix}{}", board.package), arguments)?;
        }
    }
    Ok(())
}

/// Returns the gateway's table, which has marks, and the table of all configurations.
pub(crate) fn measure(workspace: &Workspace) -> Result<[Table; 2], Failure> {
    let mut all = Vec::new();
    for board in BOARDS {
        for (configuration, kind, prefix, arguments) in CONFIGURATIONS {
            let package = format!("{prefix}{}", board.package);
            let path = build(workspace, board, &package, arguments)?;
            let report =
                if board.is_emulated { report(workspace, board, kind, &path)? } else { BTreeMap::new() };
            all.push(Measured { board, configuration, image: Image::read(&path)?, report });
        }
    }
    Ok([gateway(&all)?, configurations(&all)])
}

fn gateway(all: &[Measured]) -> Result<Table, Failure> {
    let whole = || all.iter().filter(|it| it.configuration == WHOLE);
    let mut rows: Vec<_> = whole()
        .map(|it| Row {
            label: it.board.title.to_owned(),
            figures: vec![Some(it.image.flash), Some(it.image.statics), None],
        })
        .collect();
    for it in whole() {
        let title = it.board.title;
        match (it.board.heap_user, it.image.heap) {
            (None, 0) => {}
            (Some(user), 1..) => rows.push(Row {
                label: format!("heap in this RAM, for {user} only, {title}"),
                figures: vec![None, Some(it.image.heap), None],
            }),
            (_, heap) => return Err(format!("{title}: its heap has {heap} bytes, unlike `boards.rs`").into()),
        }
    }
    for it in whole().filter(|it| it.board.is_emulated) {
        for (label, name, column) in REPORTED {
            let figure =
                it.report.get(name).ok_or(format!("{}: nothing was reported of `{name}`", it.board.title))?;
            let label = format!("{label}, {}", it.board.title);
            let figures = if column == RAM {
                vec![None, Some(it.image.statics + figure), None]
            } else {
                vec![None, None, Some(*figure)]
            };
            rows.push(Row { label, figures });
        }
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
        Row { label: format!("{}: {}", it.board.title, it.configuration), figures }
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
    board: &Board,
    package: &str,
    arguments: &[&str],
) -> Result<PathBuf, Failure> {
    let firmware = workspace.root.join("firmware");
    let command = [&["build", "--locked", "--release", "--package", package], arguments].concat();
    program::run(&mut program::new("cargo", &command, &firmware.join(board.package)))?;
    let built = Workspace::at(&firmware.join("Cargo.toml"))?.target;
    let kept = built.join("measured");
    fs::create_dir_all(&kept)?;
    let kept = kept.join(format!("{package}{}", arguments.concat()));
    fs::copy(built.join(Path::new(board.target).join("release").join(package)), &kept)?;
    Ok(kept)
}

/// Reads lines `name number`.
fn report(
    workspace: &Workspace,
    board: &Board,
    kind: &str,
    image: &Path,
) -> Result<BTreeMap<String, u64>, Failure> {
    let image = image.display().to_string();
    let arguments = ["run", "--locked", "--quiet", "--bin", "measure", "--", kind, &image];
    let mut measure = program::new("cargo", &arguments, &workspace.root.join("tests/suites/firmware"));
    let printed = program::output(measure.env("FIRMWARE_BOARD", board.package))?;
    let mut figures = BTreeMap::new();
    for line in printed.lines() {
        let (name, figure) = line.split_once(' ').ok_or_else(|| format!("not a figure: {line}"))?;
        figures.insert(name.to_owned(), figure.parse()?);
    }
    Ok(figures)
}
