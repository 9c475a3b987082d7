//! `cargo xtask states`: draws the lifecycle's states from core's table of transitions.

use std::fmt::Write as _;

use genesys_token_core::lifecycle::TRANSITIONS;
use lexopt::Parser;

use crate::{
    drawing::{self, Drawing},
    failure::Failure,
    steps::Outcome,
    workspace::Workspace,
};

const DRAWING: Drawing = Drawing { name: "states", command: "cargo xtask states" };

/// The first state of a manager.
const FIRST: &str = "Due";

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let write = drawing::asked_to_write(arguments)?;
    DRAWING.settle(&picture(), write, &Workspace::load()?)
}

/// The step of `cargo xtask check`.
pub(crate) fn check(workspace: &Workspace) -> Result<Outcome, Failure> {
    DRAWING.settle(&picture(), false, workspace)?;
    Ok(Outcome::Passed)
}

/// Returns the picture in Mermaid, which common repository hosts display. Its labels may contain neither colons nor semicolons.
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
    fn every_transition_is_an_arrow_with_one_label() {
        let picture = picture();
        assert_eq!(picture.matches("-->").count(), TRANSITIONS.len() + 1);
        for arrow in picture.lines().filter(|line| line.contains("-->")).skip(1) {
            assert_eq!(arrow.matches([':', ';']).count(), 1, "{arrow}");
        }
    }
}
