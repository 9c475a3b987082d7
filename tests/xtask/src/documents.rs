//! The documents that carry tables: `<!-- name -->`, the table, `<!-- end -->`.

use std::fs;

use crate::{Failure, table::Table, workspace::Workspace};

/// Where tables may stand. A table stands in one of them at least.
const DOCUMENTS: &[&str] = &["README.md", "core/README.md"];
const END: &str = "<!-- end -->";

/// Compares a table with what the documents say, or writes it there. Fails where they differ.
pub(crate) fn settle(table: &Table, write: bool, workspace: &Workspace) -> Result<(), Failure> {
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
        let found = table.differences(written);
        if write && !found.is_empty() {
            fs::write(&path, format!("{before}{begin}\n{}{END}{after}", table.markdown()))?;
            println!("{document}: written");
        } else {
            differences.extend(found.into_iter().map(|difference| format!("{document}: {difference}")));
        }
    }
    if places == 0 {
        let documents = DOCUMENTS.join(" or ");
        return Err(format!("no document has this table: put `{begin}` and `{END}` into {documents}").into());
    }
    if differences.is_empty() {
        return Ok(());
    }
    let differences = differences.join("\n");
    Err(format!("out of date by more than 2 %; --write brings it up to date:\n{differences}").into())
}
