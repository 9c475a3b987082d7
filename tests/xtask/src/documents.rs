//! The documents that contain tables: `<!-- name -->`, the table, `<!-- end -->`.

use std::fs;

use lexopt::{Arg, Parser};

use crate::{failure::Failure, table::Table, workspace::Workspace};

/// The documents that may contain tables. Each table is in at least one of them.
const DOCUMENTS: &[&str] = &[
    "docs/costs.md",
    "core/README.md",
    "adapters/embassy/README.md",
    "adapters/http/README.md",
    "adapters/tls/README.md",
    "firmware/README.md",
];
const END: &str = "<!-- end -->";

/// Returns whether to update the documents: `--write`, the only option of a command that prints such tables.
pub(crate) fn asked_to_write(arguments: &mut Parser) -> Result<bool, Failure> {
    let mut write = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("write") => write = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(write)
}

/// Compares tables with the documents, or writes them there. Fails if they differ or marks are missed.
pub(crate) fn settle(
    tables: &[Table],
    write: bool,
    missed: &[String],
    workspace: &Workspace,
) -> Result<(), Failure> {
    let mut failures: Vec<_> = missed.iter().map(|mark| format!("missed: {mark}")).collect();
    for table in tables {
        failures.extend(differences(table, write, workspace)?);
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

fn differences(table: &Table, write: bool, workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let begin = format!("<!-- {} -->", table.name);
    let mut differences = Vec::new();
    let mut places = 0;
    for document in DOCUMENTS {
        let path = workspace.root.join(document);
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let Some((before, rest)) = text.split_once(&begin) else { continue };
        let Some((written, after)) = rest.split_once(END) else {
            return Err(
                format!("{document}: nothing ends what `{begin}` begins; that is done by `{END}`").into()
            );
        };
        places += 1;
        if write {
            fs::write(&path, format!("{before}{begin}\n{}{END}{after}", table.markdown()))?;
            println!("{document}: {} written", table.name);
            continue;
        }
        let found = table.differences(written);
        if !found.is_empty() {
            let advice = "is out of date; --write brings it up to date:";
            differences.push(format!("{document}: {} {advice}\n{}", table.name, found.join("\n")));
        }
    }
    if places == 0 {
        let documents = DOCUMENTS.join(" or ");
        return Err(format!("no document has this table: put `{begin}` and `{END}` into {documents}").into());
    }
    Ok(differences)
}
