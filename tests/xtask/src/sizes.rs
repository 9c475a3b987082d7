//! `cargo xtask sizes`: the cost of core and of the device's HTTP on a device, in flash, instructions and stack.
//!
//! Flash is the difference between two images of `tests/measure/images/core`, one of which has a part that the other lacks; the
//! code that measures is also in the image `baseline`. Code that two parts share is counted once, in the first of them: `parser`
//! has everything from a response's bytes to its values and to the class of a refusal, and `refusals` adds the Platform API's
//! refusals and response headers. `core as a whole` is not their sum but one program, which calls each function in one place
//! (`device` in `tests/measure/images/core`). Parts that a device can do without have rows of their own: grants other than client
//! credentials, and messages for people, which need their bytes checked as UTF-8. The result of a call is in its caller's frame,
//! and not part of the stack counted here. Instructions and stack are counted in the emulator. Every figure repeats exactly with
//! the same compiler.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use lexopt::Parser;

use crate::{
    bare::{self, Profile, emulator, image::Image},
    documents,
    failure::Failure,
    firmware_sizes,
    needs::{self, Need},
    table::{self, Mark, Row, Table},
    workspace::Workspace,
};

pub(crate) const NEEDS: &[&Need] = &[
    &needs::BARE_METAL,
    &needs::BARE_METAL_RISC_V,
    &needs::BARE_METAL_V8,
    &needs::QEMU,
    &needs::QEMU_RISC_V,
];

/// A part of core: its name in the table, the image with it, the same image without it.
const PARTS: &[(&str, &str, &str)] = &[
    ("settings of a client", "settings", "baseline"),
    ("request", "request", "settings"),
    ("parser", "parser", "baseline"),
    ("refusals", "refusal", "parser"),
    ("lifecycle", "lifecycle", "refusal"),
    ("authorised call", "call", "refusal"),
    (WHOLE, "whole", "baseline"),
    ("grants other than client credentials", "grants", "request"),
    ("what errors say to people", "messages", "refusal"),
];
const WHOLE: &str = "core as a whole";

/// The parts of the device's client, likewise.
const DEVICE_PARTS: &[(&str, &str, &str)] = &[("HTTP exchange", "http", "baseline")];

/// The image that is run.
const RUNS: &str = "runs";

/// A call: its name in the table, its name in the report, and the body in the board's memory.
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
    ("poll, nothing to do", "poll", Body::File("small")),
    ("poll behind a lost exchange and a token's end", "poll-behind-all", Body::File("small")),
    ("token", "token", Body::File("small")),
    ("complete with a token (146 B)", "complete-token", Body::File("small")),
    ("complete with a failure, 300th in a row", "complete-failure", Body::File("small")),
];

const DEVICE_CALLS: &[(&str, &str, Body)] = &[
    ("exchange: token response, length", "http", Body::Response { chunked: false }),
    ("exchange: token response, chunks", "http", Body::Response { chunked: true }),
];

const FLASH: &str = "flash, B";
const INSTRUCTIONS: &str = "instructions";
const STACK: &str = "stack, B";

const MARKS: &[Mark] = &[
    Mark { row: "parser", column: FLASH, most: 4608, reached: true },
    Mark { row: "authorised call", column: FLASH, most: 1024, reached: true },
    Mark { row: WHOLE, column: FLASH, most: 12288, reached: true },
    Mark { row: "parse small (146 B)", column: INSTRUCTIONS, most: 2000, reached: true },
    Mark { row: "parse jwt (1490 B)", column: INSTRUCTIONS, most: 10500, reached: true },
    Mark { row: "parse small (146 B)", column: STACK, most: 256, reached: true },
    Mark { row: "parse jwt (1490 B)", column: STACK, most: 256, reached: true },
    Mark { row: "parse big (4005 B)", column: STACK, most: 256, reached: true },
    Mark { row: "parse error (174 B)", column: STACK, most: 256, reached: true },
    Mark { row: "parse 32 levels deep", column: STACK, most: 256, reached: true },
    Mark { row: "settings of a client", column: FLASH, most: 800, reached: true },
    Mark { row: "lifecycle", column: FLASH, most: 3712, reached: true },
    // Work per call is bounded: these are the longest paths.
    Mark {
        row: "poll behind a lost exchange and a token's end",
        column: INSTRUCTIONS,
        most: 1000,
        reached: true,
    },
    Mark { row: "complete with a failure, 300th in a row", column: INSTRUCTIONS, most: 1500, reached: true },
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Body {
    /// A file of `core/benches/data`.
    File(&'static str),
    /// A token after the deepest accepted nesting.
    Deep,
    /// A whole HTTP response with a token of 1.4 KB, its body in one piece or in chunks of 512 bytes.
    Response { chunked: bool },
}

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let write = documents::asked_to_write(arguments)?;
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    check(&workspace, write)
}

/// Builds everything that [`check`] measures.
pub(crate) fn build(workspace: &Workspace) -> Result<(), Failure> {
    images(workspace)?;
    firmware_sizes::build_all(workspace)
}

pub(crate) fn check(workspace: &Workspace, write: bool) -> Result<(), Failure> {
    let folder = images(workspace)?;
    let core = measure("sizes:core", PARTS, CALLS, &folder, workspace)?;
    let device = measure("sizes:http", DEVICE_PARTS, DEVICE_CALLS, &folder, workspace)?;
    println!("\ncore on a Cortex-M4, opt-level s, LTO\n\n{}", core.markdown());
    println!("\nthe device's HTTP on a Cortex-M4, opt-level s, LTO\n\n{}", device.markdown());
    let [firmware, configurations] = firmware_sizes::measure(workspace)?;
    println!("\nthe gateway's firmware, opt-level z, LTO\n\n{}", firmware.markdown());
    println!("\nits configurations\n\n{}", configurations.markdown());
    let mut missed = core.hold(MARKS);
    missed.extend(firmware.hold(&firmware_sizes::marks(&firmware)));
    documents::settle(&[core, device, firmware, configurations], write, &missed, workspace)
}

/// Builds the images of the parts, and returns their folder.
fn images(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let parts = PARTS.iter().chain(DEVICE_PARTS);
    let mut images: Vec<_> = parts.map(|(_, with, _)| *with).chain(["baseline", RUNS]).collect();
    images.sort_unstable();
    images.dedup();
    bare::build(workspace, Profile::Release, &images)
}

fn measure(
    name: &'static str,
    parts: &[(&str, &str, &str)],
    calls: &[(&str, &str, Body)],
    folder: &Path,
    workspace: &Workspace,
) -> Result<Table, Failure> {
    let flash = |image: &str| Ok::<_, Failure>(Image::read(&folder.join(image))?.flash);
    let mut rows = Vec::new();
    for (part, with, without) in parts {
        let flash = flash(with)?.saturating_sub(flash(without)?);
        rows.push(Row { label: (*part).to_owned(), figures: vec![Some(flash), None, None] });
    }
    let mut reports = BTreeMap::new();
    for (call, name, body) in calls {
        if !reports.contains_key(body) {
            reports.insert(*body, emulator::run(&folder.join(RUNS), &file(*body, folder, workspace)?)?);
        }
        let measured = reports[body].iter().find(|measured| measured.name == *name);
        let measured = measured.ok_or_else(|| format!("the image does not report `{name}`"))?;
        let figures = vec![None, Some(measured.instructions), Some(measured.stack)];
        rows.push(Row { label: (*call).to_owned(), figures });
    }
    Ok(Table {
        name,
        columns: vec!["Cortex-M4", FLASH, INSTRUCTIONS, STACK],
        rows,
        traffic: false,
        absent: table::NOTHING,
    })
}

fn file(body: Body, folder: &Path, workspace: &Workspace) -> Result<PathBuf, Failure> {
    match body {
        Body::File(name) => Ok(workspace.root.join(format!("core/benches/data/{name}.json"))),
        Body::Deep => {
            let (open, close) = ("[".repeat(31), "]".repeat(31));
            let path = folder.join("deep.json");
            fs::write(&path, format!(r#"{{"a":{open}{close},"access_token":"abc","token_type":"bearer"}}"#))?;
            Ok(path)
        }
        Body::Response { chunked } => {
            let token = fs::read(workspace.root.join("core/benches/data/jwt.json"))?;
            let path = folder.join(if chunked { "chunked.http" } else { "length.http" });
            fs::write(&path, response(&token, chunked))?;
            Ok(path)
        }
    }
}

/// Returns a response like that of a service behind a content delivery network.
fn response(body: &[u8], chunked: bool) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nConnection: keep-alive\r\n\
        Date: Fri, 20 Nov 2026 12:00:00 GMT\r\nCache-Control: no-store\r\nPragma: no-cache\r\n\
        ININ-Correlation-Id: 3f1b2a60-4b0e-4f4e-9a0a-1c2d3e4f5a6b\r\n\
        Strict-Transport-Security: max-age=600; includeSubDomains\r\nX-Cache: Miss from cloudfront\r\n\
        Via: 1.1 0123456789abcdef.cloudfront.net (CloudFront)\r\n";
    let mut response = head.as_bytes().to_vec();
    if !chunked {
        response.extend(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        response.extend(body);
        return response;
    }
    response.extend(b"Transfer-Encoding: chunked\r\n\r\n");
    for chunk in body.chunks(512) {
        response.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
        response.extend(chunk);
        response.extend(b"\r\n");
    }
    response.extend(b"0\r\n\r\n");
    response
}
