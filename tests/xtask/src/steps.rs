//! A list of steps, run from top to bottom: their needs first, then each of them, then a table of how long they took.

use std::{
    fmt,
    time::{Duration, Instant},
};

use lexopt::{Arg, Parser};

use crate::{
    Failure,
    needs::{self, Need},
    workspace::Workspace,
};

pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) needs: &'static [&'static Need],
    pub(crate) run: fn(&Workspace) -> Result<Outcome, Failure>,
}

pub(crate) enum Outcome {
    Passed,
    /// Could not be done here, and why. Shown in the closing table, never hidden.
    Skipped(String),
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Skipped(why) => write!(f, "SKIPPED: {}", first_line(why)),
            Self::Failed(why) => write!(f, "FAILED: {}", first_line(why)),
        }
    }
}

struct Row {
    name: &'static str,
    took: Duration,
    outcome: Outcome,
}

/// Runs the steps that the command line asks for.
///
/// A failed step does not hide the result of those after it; the command fails when any of them did.
pub(crate) fn command(title: &str, steps: &'static [Step], arguments: &mut Parser) -> Result<(), Failure> {
    let Some(chosen) = chosen(steps, arguments)? else {
        return Ok(());
    };
    let workspace = Workspace::load()?;
    let needs: Vec<_> = chosen.iter().flat_map(|step| step.needs).copied().collect();

    println!("== {title}: what the steps need");
    let start = Instant::now();
    needs::provide(&needs, &workspace)?;
    let mut rows = vec![Row { name: "needs", took: start.elapsed(), outcome: Outcome::Passed }];

    for step in chosen {
        println!("\n== {title}: {} ({})", step.name, step.about);
        let start = Instant::now();
        let outcome = (step.run)(&workspace).unwrap_or_else(|failure| Outcome::Failed(failure.to_string()));
        if let Outcome::Skipped(why) | Outcome::Failed(why) = &outcome {
            println!("{why}");
        }
        rows.push(Row { name: step.name, took: start.elapsed(), outcome });
    }
    conclude(title, &rows)
}

/// The steps named by `--only`, or all; nothing when only the list was wanted.
fn chosen(steps: &'static [Step], arguments: &mut Parser) -> Result<Option<Vec<&'static Step>>, Failure> {
    let mut names: Vec<String> = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("only") => names.push(arguments.value()?.to_string_lossy().into_owned()),
            Arg::Long("list") => {
                for step in steps {
                    println!("{:<14} {}", step.name, step.about);
                }
                return Ok(None);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(unknown) = names.iter().find(|name| steps.iter().all(|step| step.name != **name)) {
        let known: Vec<_> = steps.iter().map(|step| step.name).collect();
        return Err(format!("there is no step `{unknown}`; there are: {}", known.join(", ")).into());
    }
    let wanted = |step: &&Step| names.is_empty() || names.iter().any(|name| name == step.name);
    Ok(Some(steps.iter().filter(wanted).collect()))
}

fn conclude(title: &str, rows: &[Row]) -> Result<(), Failure> {
    println!("\n== {title}: all steps");
    for row in rows {
        println!("{:<14} {:>7.1} s  {}", row.name, row.took.as_secs_f64(), row.outcome);
    }
    let total: Duration = rows.iter().map(|row| row.took).sum();
    println!("{:<14} {:>7.1} s", "total", total.as_secs_f64());
    let names = |wanted: fn(&Outcome) -> bool| {
        let names: Vec<_> = rows.iter().filter(|row| wanted(&row.outcome)).map(|row| row.name).collect();
        names.join(", ")
    };
    let skipped = names(|outcome| matches!(outcome, Outcome::Skipped(_)));
    if !skipped.is_empty() {
        println!("NOT DONE HERE: {skipped}. This run says nothing about it.");
    }
    let failed = names(|outcome| matches!(outcome, Outcome::Failed(_)));
    if failed.is_empty() { Ok(()) } else { Err(format!("{title} failed in: {failed}").into()) }
}

/// The first line, as far as it fits into a table; the whole text stands above it.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(120).collect()
}
