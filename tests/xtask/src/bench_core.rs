//! `cargo xtask bench-core`: instructions of core's parser and request writer on a host, compared with other libraries.
//!
//! gungraun runs the benchmarks under callgrind, whose counts repeat to within a few instructions. Each library in
//! `tests/measure/host/bench-core` must return the right token before its instructions are counted.

use std::collections::BTreeMap;

use lexopt::Parser;
use serde_json::Value;

use crate::{
    documents,
    failure::Failure,
    needs::{self, Need},
    program,
    table::{self, Mark, Row, Table},
    workspace::Workspace,
};

pub(crate) const NEEDS: &[&Need] = &[&needs::VALGRIND, &needs::GUNGRAUN_RUNNER];

const OURS: &str = "**genesys-token-core**";
const SMALL: &str = "small (146 B)";
const JWT: &str = "jwt (1490 B)";
const BIG: &str = "big (4005 B)";
const ERROR: &str = "error (174 B)";
const FORM: &str = "four fields";
const BASIC: &str = "body and Basic";

/// A table: the benchmark's file, the columns by their names in benchmark and document, the rows by their names and functions.
struct Plan {
    table: &'static str,
    bench: &'static str,
    what: &'static str,
    columns: &'static [(&'static str, &'static str)],
    rows: &'static [(&'static str, &'static [&'static str])],
    marks: &'static [Mark],
}

const PLANS: &[Plan] = &[
    Plan {
        table: "bench:response",
        bench: "response",
        what: "read a token response",
        columns: &[(SMALL, "small"), (JWT, "jwt"), (BIG, "big"), (ERROR, "error")],
        rows: &[
            ("memcpy of the body", &["memcpy"]),
            (OURS, &["ours"]),
            ("the same, and wipe the body", &["ours_and_wipe"]),
            ("jiter", &["jiter"]),
            ("sonic-rs, borrowed", &["sonic_rs_borrowed"]),
            ("serde_json, borrowed", &["serde_json_borrowed"]),
            ("serde_json, owned", &["serde_json_owned"]),
            ("serde-json-core, borrowed, escapes left", &["serde_json_core_borrowed"]),
            ("serde-json-core, heapless", &["serde_json_core_fixed"]),
            ("oauth2's own types", &["oauth2", "oauth2_error"]),
        ],
        marks: &[
            Mark { row: OURS, column: SMALL, most: 1400, reached: true },
            Mark { row: OURS, column: JWT, most: 6400, reached: true },
            Mark { row: OURS, column: BIG, most: 30000, reached: true },
        ],
    },
    Plan {
        table: "bench:request",
        bench: "request",
        what: "write a token request",
        columns: &[(FORM, "form"), (BASIC, "basic")],
        rows: &[
            (OURS, &["ours", "ours_basic"]),
            ("serde_urlencoded", &["serde_urlencoded"]),
            ("form_urlencoded", &["form_urlencoded"]),
            ("http, base64, form_urlencoded", &["http_request"]),
        ],
        marks: &[
            Mark { row: OURS, column: FORM, most: 1800, reached: true },
            Mark { row: OURS, column: BASIC, most: 1400, reached: true },
        ],
    },
];

/// Instructions by function and case.
type Counts = BTreeMap<(String, String), u64>;

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let write = documents::asked_to_write(arguments)?;
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    check(&workspace, write)
}

pub(crate) fn check(workspace: &Workspace, write: bool) -> Result<(), Failure> {
    let (mut tables, mut missed) = (Vec::new(), Vec::new());
    for plan in PLANS {
        let table = plan.table(&count(plan, workspace)?);
        println!("\nInstructions to {}, {}:\n\n{}", plan.what, std::env::consts::ARCH, table.markdown());
        missed.extend(table.hold(plan.marks));
        tables.push(table);
    }
    documents::settle(&tables, write, &missed, workspace)
}

/// Runs one benchmark, which prints a line of JSON for each function and case.
fn count(plan: &Plan, workspace: &Workspace) -> Result<Counts, Failure> {
    let directory = workspace.root.join("tests/measure/host/bench-core");
    let arguments = ["bench", "--locked", "--bench", plan.bench, "--", "--output-format=json"];
    let mut command = program::new("cargo", &arguments, &directory);
    println!("$ {}", program::display(&command));
    let printed = program::output(&mut command)?;
    let lines = printed.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| one(&serde_json::from_str(line)?)).collect()
}

fn one(summary: &Value) -> Result<((String, String), u64), Failure> {
    let text = |key: &str| summary[key].as_str().map(str::to_owned);
    let instructions =
        summary.pointer("/profiles/0/data/total/metrics/Ir/values/new").and_then(Value::as_u64);
    let found = text("function_name").zip(text("id")).zip(instructions);
    found.ok_or_else(|| format!("gungraun's summary has another form than expected: {summary}").into())
}

impl Plan {
    fn table(&self, counts: &Counts) -> Table {
        let figure = |functions: &[&str], case: &str| {
            functions
                .iter()
                .find_map(|function| counts.get(&((*function).to_owned(), case.to_owned())))
                .copied()
        };
        let rows = self.rows.iter().map(|(label, functions)| Row {
            label: (*label).to_owned(),
            figures: self.columns.iter().map(|(_, case)| figure(functions, case)).collect(),
        });
        let names = self.columns.iter().map(|(name, _)| *name);
        Table {
            name: self.table,
            columns: ["instructions"].into_iter().chain(names).collect(),
            rows: rows.collect(),
            traffic: false,
            absent: table::NOTHING,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_find_their_place_in_the_table() {
        let summary = serde_json::json!({
            "function_name": "ours", "id": "jwt",
            "profiles": [{"data": {"total": {"metrics": {"Ir": {"values": {"new": 6000}}}}}}],
        });
        let counts = [one(&summary).unwrap()].into();
        let table = PLANS[0].table(&counts);
        assert_eq!(table.rows[1].figures, [None, Some(6000), None, None]);
        assert!(one(&serde_json::json!({})).is_err());
    }
}
