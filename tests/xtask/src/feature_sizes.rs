//! `cargo xtask feature-sizes`: what each feature of the device's client adds, in flash and RAM, where it is used.
//!
//! The images of `tests/measure/images/features` differ in one feature. RAM is static memory and the futures of the client and of what uses it.
//! All features that change nothing for those who do not use them are on in all images, so most are compiled once; only `ipv6` needs a build
//! of its own.

use std::{collections::BTreeMap, path::Path};

use lexopt::Parser;

use crate::{
    bare::{self, Profile, emulator, image::Image},
    documents,
    failure::Failure,
    needs::{self, Need},
    table::{self, Row, Table},
    workspace::Workspace,
};

pub(crate) const NEEDS: &[&Need] = &[&needs::BARE_METAL, &needs::QEMU];

const PACKAGE: &str = "tests/measure/images/features";
/// A client that obtains a token and makes a call.
const BASELINE: &str = "calls";
/// A feature and its use, and the image with it.
const FEATURES: &[(&str, &str)] = &[
    ("`heapless`: the token as a string", "strings"),
    ("`serde`: a response as `TokenInfo`, which is on the stack", "json"),
    ("`edge-nal`: over edge-nal-embassy, whose buffers are a lane's a second time", "edge"),
    ("`nal`: a name lookup and a connection to another server, with their buffers", "connections"),
];
const BOTH_FAMILIES: &str = "ipv6";

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let write = documents::asked_to_write(arguments)?;
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    check(&workspace, write)
}

pub(crate) fn check(workspace: &Workspace, write: bool) -> Result<(), Failure> {
    let table = measure(workspace)?;
    println!("\nfeatures of the device's client on a Cortex-M4, opt-level s, LTO\n\n{}", table.markdown());
    documents::settle(&[table], write, &[], workspace)
}

/// Bytes of an image.
struct Measured {
    flash: u64,
    ram: u64,
}

fn measure(workspace: &Workspace) -> Result<Table, Failure> {
    let images: Vec<_> = FEATURES.iter().map(|(_, image)| *image).chain([BASELINE]).collect();
    let folder = bare::build_in(PACKAGE, workspace, Profile::Release, &images, &[])?;
    let baseline = read(&folder, BASELINE, workspace)?;
    let row = |label: &str, with: &Measured| {
        let figures = [with.flash.saturating_sub(baseline.flash), with.ram.saturating_sub(baseline.ram)];
        Row { label: label.to_owned(), figures: figures.map(Some).to_vec() }
    };
    let mut rows = Vec::new();
    for (label, image) in FEATURES {
        rows.push(row(label, &read(&folder, image, workspace)?));
    }
    // After the others, whose images it overwrites.
    let folder = bare::build_in(PACKAGE, workspace, Profile::Release, &[BASELINE], &[BOTH_FAMILIES])?;
    let label = "`ipv6`: both families, in the client and in the network stack";
    rows.push(row(label, &read(&folder, BASELINE, workspace)?));
    Ok(Table {
        name: "sizes:features",
        columns: vec!["Cortex-M4", "flash, B", "RAM, B"],
        rows,
        traffic: false,
        absent: table::NOTHING,
    })
}

/// Reads and runs an image, which needs no input.
fn read(folder: &Path, image: &str, workspace: &Workspace) -> Result<Measured, Failure> {
    let path = folder.join(image);
    let printed = emulator::run(&path, &workspace.root.join("core/benches/data/small.json"))?;
    let report: BTreeMap<_, _> = printed.into_iter().map(|line| (line.name, line.stack)).collect();
    let futures = report.get("futures").ok_or("the image does not report `futures`")?;
    let image = Image::read(&path)?;
    Ok(Measured { flash: image.flash, ram: image.statics + futures })
}
