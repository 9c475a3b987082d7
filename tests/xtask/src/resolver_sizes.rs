//! `cargo xtask resolver-sizes`: the cost of a device's name lookup, in flash and memory, beside smoltcp's.
//!
//! The images of `tests/measure/images/resolver` differ in the resolver. RAM is what exists only because of it: the future of a lookup,
//! which contains the buffers of its socket, and the runner's cache; of smoltcp's resolver also what its socket has in the stack's static
//! memory. The stack is that of everything polled meanwhile, the network stack included; the TLS handshake of a device needs more than ten times
//! as much.

use std::{collections::BTreeMap, path::Path};

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

const PACKAGE: &str = "tests/measure/images/resolver";
/// The image without a lookup, the one with our resolver, and the one with smoltcp's, which needs this feature.
const BASELINE: &str = "baseline";
const OWN: &str = "own";
const SMOLTCP: &str = "smoltcp";
const FEATURE: &str = "dns";
/// The feature with which both families are asked for.
const BOTH_FAMILIES: &str = "ipv6";

const RESOLVER: &str = "name lookup";
const BEYOND_SMOLTCP: &str = "more than smoltcp's resolver";
const FLASH: &str = "flash, B";
const RAM: &str = "RAM, B";
const STACK: &str = "stack, B";

const MARKS: &[Mark] = &[
    Mark { row: BEYOND_SMOLTCP, column: FLASH, most: 4096, reached: true },
    Mark { row: RESOLVER, column: RAM, most: 1024, reached: true },
];

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let write = documents::asked_to_write(arguments)?;
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    check(&workspace, write)
}

pub(crate) fn check(workspace: &Workspace, write: bool) -> Result<(), Failure> {
    let table = measure(workspace)?;
    println!("\na name lookup on a Cortex-M4, opt-level s, LTO\n\n{}", table.markdown());
    let missed = table.hold(MARKS);
    documents::settle(&[table], write, &missed, workspace)
}

/// An image, and the bytes that it reports by name.
struct Measured {
    image: Image,
    report: BTreeMap<String, u64>,
}

impl Measured {
    fn reported(&self, name: &str) -> Result<u64, Failure> {
        let figure = self.report.get(name);
        figure.copied().ok_or_else(|| format!("the image does not report `{name}`").into())
    }
}

fn measure(workspace: &Workspace) -> Result<Table, Failure> {
    let folder = bare::build_in(PACKAGE, workspace, Profile::Release, &[BASELINE, OWN], &[])?;
    let (baseline, own) = (read(&folder, BASELINE, workspace)?, read(&folder, OWN, workspace)?);
    // After these: the features are those of the network stack too, of which all images would have them.
    let folder = bare::build_in(PACKAGE, workspace, Profile::Release, &[BASELINE, OWN], &[BOTH_FAMILIES])?;
    let (baseline_of_both, both) = (read(&folder, BASELINE, workspace)?, read(&folder, OWN, workspace)?);
    let folder = bare::build_in(PACKAGE, workspace, Profile::Release, &[SMOLTCP], &[FEATURE])?;
    let smoltcp = read(&folder, SMOLTCP, workspace)?;
    let flash = |measured: &Measured| measured.image.flash.saturating_sub(baseline.image.flash);
    let (future, cache) = (own.reported("future")?, own.reported("cache")?);
    let statics = smoltcp.image.statics.saturating_sub(baseline.image.statics);
    let row =
        |label: &str, figures: [Option<u64>; 3]| Row { label: label.to_owned(), figures: figures.to_vec() };
    let rows = vec![
        row(RESOLVER, [Some(flash(&own)), Some(future + cache), Some(own.reported("lookup")?)]),
        row("of it: future, with the socket's buffers", [None, Some(future), None]),
        row("of it: cache of the addresses of two hosts", [None, Some(cache), None]),
        row(BEYOND_SMOLTCP, [Some(flash(&own).saturating_sub(flash(&smoltcp))), None, None]),
        row(
            "smoltcp's resolver, which caches nothing",
            [
                Some(flash(&smoltcp)),
                Some(statics + smoltcp.reported("future")?),
                Some(smoltcp.reported("lookup")?),
            ],
        ),
        row(
            "name lookup, with the feature `ipv6`",
            [
                Some(both.image.flash.saturating_sub(baseline_of_both.image.flash)),
                Some(both.reported("future")? + both.reported("cache")?),
                Some(both.reported("lookup")?),
            ],
        ),
        row("neither", [None, None, Some(baseline.reported("lookup")?)]),
    ];
    Ok(Table {
        name: "sizes:resolver",
        columns: vec!["Cortex-M4", FLASH, RAM, STACK],
        rows,
        traffic: false,
        absent: table::NOTHING,
    })
}

/// Reads and runs an image, which needs no input.
fn read(folder: &Path, image: &str, workspace: &Workspace) -> Result<Measured, Failure> {
    let path = folder.join(image);
    let printed = emulator::run(&path, &workspace.root.join("core/benches/data/small.json"))?;
    let report = printed.into_iter().map(|line| (line.name, line.stack)).collect();
    Ok(Measured { image: Image::read(&path)?, report })
}
