//! What the gateway costs a device: flash and static RAM of every board's image, and on the emulated board, counted while it runs,
//! the stack, a TLS handshake and a call.

use std::path::Path;

use crate::{
    Failure,
    bare::image::Image,
    program,
    table::{Mark, Row, Table},
    workspace::Workspace,
};

/// A board: its name in the table, its folder in `firmware/`, the target its image is for.
const BOARDS: &[(&str, &str, &str)] = &[
    (EMULATED, "qemu-mps2-an386", "thumbv7em-none-eabihf"),
    ("NUCLEO-H743ZI", "nucleo-h743zi", "thumbv7em-none-eabihf"),
    ("Pico 2 with W5500", "pico2-w5500", "thumbv8m.main-none-eabihf"),
];
const EMULATED: &str = "QEMU mps2-an386";
const MEMORY: &str = "static RAM and stack, QEMU mps2-an386";

/// What is counted: its name in the table, and the one in the report of `tests/firmware`.
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

pub(crate) fn measure(workspace: &Workspace) -> Result<Table, Failure> {
    let firmware = workspace.root.join("firmware");
    let mut rows = Vec::new();
    let mut emulated = 0;
    for (label, board, target) in BOARDS {
        program::run(&mut program::new("cargo", &["build", "--locked", "--release"], &firmware.join(board)))?;
        let image =
            Image::read(&Workspace::at(&firmware.join("Cargo.toml"))?.target.join(path(target, board)))?;
        if *label == EMULATED {
            emulated = image.statics;
        }
        let figures = vec![Some(image.flash), Some(image.statics), None];
        rows.push(Row { label: (*label).to_owned(), figures });
    }
    let report = report(workspace)?;
    let figure = |name: &str| {
        let line = report.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|figure| figure.trim().parse::<u64>().ok())
            .ok_or_else(|| format!("nothing was reported of `{name}`"))
    };
    let memory = emulated + figure("stack")?;
    rows.push(Row { label: MEMORY.to_owned(), figures: vec![None, Some(memory), None] });
    for (label, name) in COUNTED {
        rows.push(Row { label: (*label).to_owned(), figures: vec![None, None, Some(figure(name)?)] });
    }
    Ok(Table {
        name: "sizes:firmware",
        columns: vec!["gateway", FLASH, RAM, INSTRUCTIONS],
        rows,
        traffic: true,
    })
}

fn path(target: &str, board: &str) -> std::path::PathBuf {
    Path::new(target).join("release").join(board)
}

fn report(workspace: &Workspace) -> Result<String, Failure> {
    let arguments = ["run", "--locked", "--quiet", "--bin", "measure"];
    program::output(&mut program::new("cargo", &arguments, &workspace.root.join("tests/firmware")))
}
