//! `cargo xtask sizes`: what core costs a device, in flash, instructions and stack.
//!
//! Flash is the difference between two images of `tests/bare` that differ in one part; what every image needs to measure
//! itself is in the image `floor` as well. What two parts share is counted once, in the one that stands first: so `parser`
//! has all of a response's way from bytes to values and to the class of a refusal, and `refusals` what the Platform API's,
//! response headers and texts for people add. Instructions and stack are counted while the emulator runs it. Every figure repeats exactly with the same compiler.

use std::{collections::BTreeMap, fs, path::Path};

use lexopt::{Arg, Parser};

use crate::{
    Failure,
    bare::{self, Profile, emulator, image::Image},
    documents,
    needs::{self, Need},
    table::{Mark, Row, Table},
    workspace::Workspace,
};

pub(crate) const NEEDS: &[&Need] = &[&needs::BARE_METAL, &needs::QEMU];

/// A part of core: its name in the table, the image with it, the same image without it.
const PARTS: &[(&str, &str, &str)] = &[
    ("settings of a client", "settings", "floor"),
    ("request", "request", "settings"),
    ("parser", "parser", "floor"),
    ("refusals", "refusal", "parser"),
    ("lifecycle", "lifecycle", "refusal"),
    (WHOLE, "whole", "floor"),
    ("what errors say to people", "words", "refusal"),
];
const WHOLE: &str = "core as a whole";

/// The image that is run.
const RUNS: &str = "runs";

/// A call: its name in the table, the one in the report, and the body in the board's memory.
const CALLS: &[(&str, &str, Body)] = &[
    ("request, four fields", "request-form", Body::File("small")),
    ("request, body and Basic", "request-basic", Body::File("small")),
    ("parse small (146 B)", "parse", Body::File("small")),
    ("parse jwt (1490 B)", "parse", Body::File("jwt")),
    ("parse big (4005 B)", "parse", Body::File("big")),
    ("parse error (174 B)", "parse", Body::File("error")),
    ("parse 32 levels deep", "parse", Body::Deep),
    ("parse small and wipe", "parse-and-wipe", Body::File("small")),
    ("parse jwt and wipe", "parse-and-wipe", Body::File("jwt")),
    ("parse error and write it out", "token-refusal-shown", Body::File("error")),
];

const FLASH: &str = "flash, B";
const INSTRUCTIONS: &str = "instructions";
const STACK: &str = "stack, B";

const MARKS: &[Mark] = &[
    Mark { row: "parser", column: FLASH, most: 4608, reached: false },
    Mark { row: WHOLE, column: FLASH, most: 12288, reached: false },
    Mark { row: "parse small (146 B)", column: INSTRUCTIONS, most: 2000, reached: true },
    Mark { row: "parse jwt (1490 B)", column: INSTRUCTIONS, most: 10500, reached: true },
    Mark { row: "parse small (146 B)", column: STACK, most: 256, reached: true },
    Mark { row: "parse jwt (1490 B)", column: STACK, most: 256, reached: true },
    Mark { row: "parse big (4005 B)", column: STACK, most: 256, reached: false },
    Mark { row: "parse 32 levels deep", column: STACK, most: 256, reached: true },
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Body {
    /// One of `core/benches/data`.
    File(&'static str),
    /// A token behind the deepest nesting that is accepted.
    Deep,
}

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let mut write = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("write") => write = true,
            other => return Err(other.unexpected().into()),
        }
    }
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    check(&workspace, write)
}

pub(crate) fn check(workspace: &Workspace, write: bool) -> Result<(), Failure> {
    let table = measure(workspace)?;
    println!("\ncore on a Cortex-M4, opt-level s, LTO\n\n{}", table.markdown());
    let missed = table.hold(MARKS);
    documents::settle(&[table], write, &missed, workspace)
}

fn measure(workspace: &Workspace) -> Result<Table, Failure> {
    let images: Vec<_> = PARTS.iter().map(|(_, with, _)| *with).chain(["floor", RUNS]).collect();
    let folder = bare::build(workspace, Profile::Release, &images)?;
    let flash = |image: &str| Ok::<_, Failure>(Image::read(&folder.join(image))?.flash);
    let mut rows = Vec::new();
    for (part, with, without) in PARTS {
        let flash = flash(with)?.saturating_sub(flash(without)?);
        rows.push(Row { label: (*part).to_owned(), figures: vec![Some(flash), None, None] });
    }
    let mut reports = BTreeMap::new();
    for (call, name, body) in CALLS {
        if !reports.contains_key(body) {
            reports.insert(*body, emulator::run(&folder.join(RUNS), &file(*body, &folder, workspace)?)?);
        }
        let measured = reports[body].iter().find(|measured| measured.name == *name);
        let measured = measured.ok_or_else(|| format!("the image does not report `{name}`"))?;
        let figures = vec![None, Some(measured.instructions), Some(measured.stack)];
        rows.push(Row { label: (*call).to_owned(), figures });
    }
    Ok(Table { name: "sizes:core", columns: vec!["Cortex-M4", FLASH, INSTRUCTIONS, STACK], rows })
}

fn file(body: Body, folder: &Path, workspace: &Workspace) -> Result<std::path::PathBuf, Failure> {
    match body {
        Body::File(name) => Ok(workspace.root.join(format!("core/benches/data/{name}.json"))),
        Body::Deep => {
            let (open, close) = ("[".repeat(31), "]".repeat(31));
            let path = folder.join("deep.json");
            fs::write(&path, format!(r#"{{"a":{open}{close},"access_token":"abc","token_type":"bearer"}}"#))?;
            Ok(path)
        }
    }
}
