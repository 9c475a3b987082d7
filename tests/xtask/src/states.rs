//! `cargo xtask states`: the picture of the lifecycle's states, drawn from core's own table of them.

use std::{fmt::Write as _, fs};

use genesys_token_core::lifecycle::TRANSITIONS;
use lexopt::{Arg, Parser};

use crate::{failure::Failure, steps::Outcome, workspace::Workspace};

const DOCUMENT: &str = "ARCHITECTURE.md";
const BEGIN: &str = "<!-- states -->";
const END: &str = "<!-- end -->";

/// The state of a new manager.
const FIRST: &str = "Due";

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let mut write = true;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("check") => write = false,
            other => return Err(other.unexpected().into()),
        }
    }
    settle(&Workspace::load()?, write)
}

/// The step of `cargo xtask check`.
pub(crate) fn check(workspace: &Workspace) -> Result<Outcome, Failure> {
    settle(workspace, false)?;
    Ok(Outcome::Passed)
}

/// Compares the picture with the document, or puts it there.
fn settle(workspace: &Workspace, write: bool) -> Result<(), Failure> {
    let path = workspace.root.join(DOCUMENT);
    let text = fs::read_to_string(&path).map_err(|error| format!("{DOCUMENT}: {error}"))?;
    let drawn = put(&text, &picture())?;
    if drawn == text {
        println!("{DOCUMENT}: the picture of states is as drawn anew");
    } else if write {
        fs::write(&path, drawn)?;
        println!("{DOCUMENT}: picture of states written");
    } else {
        return Err(format!("{DOCUMENT}: the picture of states is out of date: cargo xtask states").into());
    }
    Ok(())
}

/// `text` with the picture between its marks.
fn put(text: &str, picture: &str) -> Result<String, Failure> {
    let places = text.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = places
        .ok_or_else(|| format!("{DOCUMENT}: put `{BEGIN}` and `{END}` where the picture is to stand"))?;
    Ok(format!("{before}{BEGIN}\n{picture}{END}{after}"))
}

/// In Mermaid, which the usual hosts of repositories draw. Its labels may hold neither colons nor semicolons.
fn picture() -> String {
    let mut picture = format!("```mermaid\nstateDiagram-v2\n    [*] --> {FIRST}\n");
    for [from, input, condition, to] in TRANSITIONS {
        let condition = if condition.is_empty() { String::new() } else { format!(" ({condition})") };
        let _ = writeln!(picture, "    {from} --> {to}: {input}{condition}");
    }
    picture + "```\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_the_picture_stays() {
        let text = "before\n<!-- states -->\nold\n<!-- end -->\nafter\n";
        let drawn = put(text, "new\n").unwrap();
        assert_eq!(drawn, "before\n<!-- states -->\nnew\n<!-- end -->\nafter\n");
        assert_eq!(put(&drawn, "new\n").unwrap(), drawn);
        assert!(put("no place", "new\n").is_err());
    }

    #[test]
    fn every_transition_is_an_arrow_with_one_label() {
        let picture = picture();
        assert_eq!(picture.matches("-->").count(), TRANSITIONS.len() + 1);
        for arrow in picture.lines().filter(|line| line.contains("-->")).skip(1) {
            assert_eq!(arrow.matches([':', ';']).count(), 1, "{arrow}");
        }
    }
}
