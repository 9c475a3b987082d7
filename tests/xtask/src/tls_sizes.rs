//! `cargo xtask tls-sizes`: the cost of a verified connection on a device, in flash, memory and instructions.
//!
//! The images of `tests/measure/images/tls` differ in the engine. The emulator replays recorded servers to both of them: with a
//! chain of RSA keys like the service's, and with one of P-256 keys; with each handshake message in a record of its own, and all
//! in one; and servers that violate the protocol.

use std::path::Path;

use lexopt::Parser;

use crate::{
    bare::{
        self, Profile,
        emulator::{self, Measurement},
        image::Image,
    },
    documents,
    failure::Failure,
    needs::{self, Need},
    table::{self, Mark, Row, Table},
    workspace::Workspace,
};

pub(crate) const NEEDS: &[&Need] = &[&needs::BARE_METAL, &needs::QEMU];

const PACKAGE: &str = "tests/measure/images/tls";
/// The image without a connection.
const BASELINE: &str = "baseline";

const FLASH: &str = "flash, B";
const RAM: &str = "RAM, B";
const HANDSHAKE: &str = "handshake, instructions";
const LONGEST: &str = "longest poll, instructions";
const CALL: &str = "request and response, instructions";

/// An engine: its image, the image's features, the prefix of its recordings' names, and the prefix of its rows.
struct Engine {
    image: &'static str,
    recordings: &'static str,
    label: &'static str,
    servers: &'static [(&'static str, &'static str)],
}

/// A server: its name in the table, and its file in `tests/support/tls-peer/recordings`.
const SERVERS: &[(&str, &str)] = &[
    ("RSA chain (four certificates)", "rsa"),
    ("RSA chain, all messages in one record", "rsa-one-record"),
    ("P-256 chain (two certificates)", "p256"),
    ("P-256 chain, all messages in one record", "p256-one-record"),
    ("CAs with the root's name on P-256, refused", "attack"),
    ("CAs of the same name on P-256, none of which signed the leaf", "twins"),
];

/// Servers that only one of the engines supports.
const RESUMED: (&str, &str) = ("resumed by a ticket", "ticket");
const MORE_SERVERS: &[(&str, &str)] = &[
    ("P-256 chain, P-256 requested for the key exchange", "p256-group"),
    ("RSA chain, AES-128-GCM", "rsa-aes"),
    RESUMED,
];

const ENGINES: [Engine; 2] = [
    Engine { image: "connection", recordings: "", label: "embedded-tls: ", servers: &[] },
    Engine { image: "tls13", recordings: "tls13-", label: "tls13: ", servers: MORE_SERVERS },
];

const ALL: &str = "engine and verifier with RSA-2048 and P-256";
const SMALLEST: &str = "the same, with opt-level z except for the cryptography";

/// The maximum; `false` for a mark that has not been reached yet.
#[rustfmt::skip]
const MARKS: &[(&str, &str, u64, bool)] = &[
    // Both engines verify signatures with the same code, which is long because it is fast; the marks of the default count.
    ("embedded-tls: engine and verifier with RSA-2048 and P-256", FLASH, 88 * 1024, true),
    ("embedded-tls: RSA chain (four certificates)", RAM, 21 * 1024, true),
    ("embedded-tls: P-256 chain (two certificates)", RAM, 21 * 1024, true),
    // A server that violates the protocol must not cost more.
    ("embedded-tls: CAs with the root's name on P-256, refused", RAM, 21 * 1024, true),
    ("embedded-tls: CAs of the same name on P-256, none of which signed the leaf", RAM, 21 * 1024, true),
    ("embedded-tls: RSA chain (four certificates)", HANDSHAKE, 20_000_000, true),
    ("tls13: engine and verifier with RSA-2048 and P-256", FLASH, 82_000, true),
    ("tls13: the same, with opt-level z except for the cryptography", FLASH, 76_000, false),
    ("tls13: RSA chain (four certificates)", RAM, 18_000, true),
    ("tls13: RSA chain (four certificates)", HANDSHAKE, 7_500_000, true),
    ("tls13: RSA chain (four certificates)", LONGEST, 2_000_000, true),
    ("tls13: RSA chain (four certificates)", CALL, 163_000, true),
    ("tls13: RSA chain, AES-128-GCM", CALL, 455_000, true),
    ("tls13: P-256 chain (two certificates)", RAM, 18_000, true),
    ("tls13: P-256 chain (two certificates)", HANDSHAKE, 11_000_000, true),
    ("tls13: P-256 chain (two certificates)", LONGEST, 2_000_000, true),
    ("tls13: P-256 chain, P-256 requested for the key exchange", RAM, 18_000, true),
    ("tls13: P-256 chain, P-256 requested for the key exchange", HANDSHAKE, 20_500_000, true),
    ("tls13: P-256 chain, P-256 requested for the key exchange", LONGEST, 2_000_000, true),
    ("tls13: resumed by a ticket", HANDSHAKE, 4_200_000, true),
    ("tls13: CAs with the root's name on P-256, refused", RAM, 18_000, true),
    ("tls13: CAs with the root's name on P-256, refused", LONGEST, 2_000_000, true),
    ("tls13: CAs of the same name on P-256, none of which signed the leaf", RAM, 18_000, true),
    ("tls13: CAs of the same name on P-256, none of which signed the leaf", LONGEST, 2_000_000, true),
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
    let marks: Vec<_> =
        MARKS.iter().map(|&(row, column, most, reached)| Mark { row, column, most, reached }).collect();
    let missed = table.hold(&marks);
    documents::settle(&[table], write, &missed, workspace)
}

fn measure(workspace: &Workspace) -> Result<Table, Failure> {
    let mut rows = Vec::new();
    for engine in &ENGINES {
        rows.extend(measure_engine(engine, workspace)?);
    }
    Ok(Table {
        name: "sizes:tls",
        columns: vec!["Cortex-M4", FLASH, RAM, HANDSHAKE, LONGEST, CALL],
        rows,
        traffic: false,
        absent: table::NOTHING,
    })
}

fn measure_engine(engine: &Engine, workspace: &Workspace) -> Result<Vec<Row>, Failure> {
    let row = |label: &str, figures: [Option<u64>; 5]| Row {
        label: format!("{}{label}", engine.label),
        figures: figures.to_vec(),
    };
    let (mut rows, mut sizes) = (Vec::new(), Vec::new());
    for (label, profile) in [(ALL, Profile::Release), (SMALLEST, Profile::Smallest)] {
        let folder = bare::build_in(PACKAGE, workspace, profile, &[engine.image, BASELINE], &[])?;
        let (image, baseline) =
            (Image::read(&folder.join(engine.image))?, Image::read(&folder.join(BASELINE))?);
        let flash = image.flash.saturating_sub(baseline.flash);
        rows.push(row(label, [Some(flash), None, None, None, None]));
        sizes.push((folder.join(engine.image), image.statics.saturating_sub(baseline.statics)));
    }
    let [(image, statics), ..] = &sizes[..] else { return Ok(rows) };
    let mut parts = Vec::new();
    for (server, file) in SERVERS.iter().chain(engine.servers) {
        let printed = run(image, engine, file, workspace)?;
        let of = |name: &str| printed.iter().find(|it| it.name == name);
        let needed =
            |name: &str| of(name).ok_or_else(|| Failure::from(format!("the image does not report `{name}`")));
        let names = if *server == RESUMED.0 { ["reconnect", "second-call"] } else { ["handshake", "call"] };
        let figures = [
            None,
            Some(statics + needed("connection")?.stack),
            Some(needed(names[0])?.instructions),
            Some(needed("longest-poll")?.instructions),
            // A refused server has no response.
            of(names[1]).map(|call| call.instructions),
        ];
        rows.push(row(server, figures));
        parts = vec![("of it: workspace", needed("workspace")?.stack)];
        parts.push(("of it: future", needed("future")?.stack));
    }
    rows.extend(parts.into_iter().map(|(label, bytes)| row(label, [None, Some(bytes), None, None, None])));
    Ok(rows)
}

fn run(
    image: &Path,
    engine: &Engine,
    file: &str,
    workspace: &Workspace,
) -> Result<Vec<Measurement>, Failure> {
    let file = format!("tests/support/tls-peer/recordings/{}{file}.bin", engine.recordings);
    emulator::run(image, &workspace.root.join(file))
}
