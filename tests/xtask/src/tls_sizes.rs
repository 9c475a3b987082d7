//! `cargo xtask tls-sizes`: what a verified connection costs a device, in flash, memory and instructions.
//!
//! The images of `tests/measure/images/tls` differ in the connection. The emulator plays recorded servers to it: with a chain of RSA keys
//! like the service's, and with one of P-256; each handshake message in a record, and all in one, where no other task gets a turn
//! in between.

use lexopt::Parser;

use crate::{
    bare::{self, Profile, emulator, image::Image},
    documents,
    failure::Failure,
    needs::{self, Need},
    table::{self, Mark, Row, Table},
    workspace::Workspace,
};

pub(crate) const NEEDS: &[&Need] = &[&needs::BARE_METAL, &needs::QEMU];

const PACKAGE: &str = "tests/measure/images/tls";
/// The image that connects, and the same without.
const CONNECTION: &str = "connection";
const BASELINE: &str = "baseline";

const FLASH: &str = "flash, B";
const RAM: &str = "RAM, B";
const HANDSHAKE: &str = "handshake, instructions";
const LONGEST: &str = "longest poll, instructions";

const ALL: &str = "engine, filter, verifier with RSA-2048 and P-256";
const RSA: &str = "RSA chain (four certificates)";
const P256: &str = "P-256 chain (two certificates)";
const ALIKE: &str = "CAs with the root's name on P-256, refused";
const TWINS: &str = "CAs of the same name on P-256, none of which signed the leaf";

/// A server: its name in the table, the file in `tests/support/tls-peer/recordings`.
const SERVERS: &[(&str, &str)] = &[
    (RSA, "rsa"),
    ("RSA chain, all messages in one record", "rsa-one-record"),
    (P256, "p256"),
    ("P-256 chain, all messages in one record", "p256-one-record"),
    (ALIKE, "attack"),
    (TWINS, "twins"),
];

const MARKS: &[Mark] = &[
    Mark { row: ALL, column: FLASH, most: 80 * 1024, reached: true },
    Mark { row: RSA, column: RAM, most: 20 * 1024, reached: true },
    Mark { row: P256, column: RAM, most: 20 * 1024, reached: true },
    // Nor may a hostile server take more.
    Mark { row: ALIKE, column: RAM, most: 20 * 1024, reached: true },
    Mark { row: TWINS, column: RAM, most: 20 * 1024, reached: true },
    Mark { row: RSA, column: HANDSHAKE, most: 20_000_000, reached: true },
];

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let write = documents::asked_to_write(arguments)?;
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    check(&workspace, write)
}

pub(crate) fn check(workspace: &Workspace, write: bool) -> Result<(), Failure> {
    let table = measure(workspace)?;
    println!("\na verified TLS connection on a Cortex-M4, opt-level s, LTO\n\n{}", table.markdown());
    let missed = table.hold(MARKS);
    documents::settle(&[table], write, &missed, workspace)
}

fn measure(workspace: &Workspace) -> Result<Table, Failure> {
    let mut rows = Vec::new();
    let folder = bare::build_in(PACKAGE, workspace, Profile::Release, &[CONNECTION, BASELINE])?;
    let (image, baseline) = (Image::read(&folder.join(CONNECTION))?, Image::read(&folder.join(BASELINE))?);
    let statics = image.statics.saturating_sub(baseline.statics);
    let mut parts = Vec::new();
    for (server, file) in SERVERS {
        let recording = workspace.root.join(format!("tests/support/tls-peer/recordings/{file}.bin"));
        let said = emulator::run(&folder.join(CONNECTION), &recording)?;
        let of = |name: &str| {
            let line = said.iter().find(|it| it.name == name);
            line.ok_or_else(|| Failure::from(format!("the image does not report `{name}`")))
        };
        let ram = statics + of("connection")?.stack;
        let figures = vec![
            None,
            Some(ram),
            Some(of("handshake")?.instructions),
            Some(of("longest-poll")?.instructions),
        ];
        rows.push(Row { label: (*server).to_owned(), figures });
        parts = vec![("of it: workspace, 8192 to receive and 512 to send", of("workspace")?.stack)];
        parts.push(("of it: future", of("future")?.stack));
    }
    let flash_row =
        |label: &str, flash| Row { label: label.to_owned(), figures: vec![Some(flash), None, None, None] };
    rows.insert(0, flash_row(ALL, image.flash.saturating_sub(baseline.flash)));
    for (label, bytes) in parts {
        rows.push(Row { label: label.to_owned(), figures: vec![None, Some(bytes), None, None] });
    }
    let folder = bare::build_in(PACKAGE, workspace, Profile::Smallest, &[CONNECTION, BASELINE])?;
    let (image, baseline) = (Image::read(&folder.join(CONNECTION))?, Image::read(&folder.join(BASELINE))?);
    rows.insert(
        1,
        flash_row(
            "the same, with opt-level z except for the cryptography",
            image.flash.saturating_sub(baseline.flash),
        ),
    );
    Ok(Table {
        name: "sizes:tls",
        columns: vec!["Cortex-M4", FLASH, RAM, HANDSHAKE, LONGEST],
        rows,
        traffic: false,
        absent: table::NOTHING,
    })
}
