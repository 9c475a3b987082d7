//! The steps with their results, as text and as JSON.

use std::fmt::Write as _;

use serde_json::json;

use crate::color::{Color, Stream, paint};
use crate::exit::Problem;

/// The result of a step.
#[derive(Debug)]
pub(super) enum Outcome {
    /// With details.
    Passed(String),
    Failed(Problem),
    /// With the reason.
    NotChecked(&'static str),
}

/// All steps in their order.
#[derive(Debug, Default)]
pub(super) struct Report {
    steps: Vec<(&'static str, Outcome)>,
}

impl Report {
    pub(super) fn add(&mut self, step: &'static str, outcome: Outcome) {
        self.steps.push((step, outcome));
    }

    /// Returns a line for each step.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for (step, outcome) in &self.steps {
            let (word, color, text) = match outcome {
                Outcome::Passed(text) => ("ok", Color::Good, text.as_str()),
                Outcome::Failed(problem) => ("FAILED", Color::Bad, problem.message.as_str()),
                Outcome::NotChecked(why) => ("-", Color::Caution, *why),
            };
            let word = paint(Stream::Output, color, &format!("{word:<6}"));
            let line = format!("{step:<12}  {word}  {text}");
            // Writing into a `String` does not fail.
            let _ = writeln!(out, "{}", line.trim_end());
        }
        out
    }

    /// Returns one object on one line.
    pub(super) fn json(&self) -> String {
        let steps = self.steps.iter().map(|(step, outcome)| {
            let (result, text) = match outcome {
                Outcome::Passed(text) => ("ok", text.as_str()),
                Outcome::Failed(problem) => ("failed", problem.message.as_str()),
                Outcome::NotChecked(why) => ("not checked", *why),
            };
            json!({"step": step, "result": result, "text": text})
        });
        format!("{}\n", json!({"steps": steps.collect::<Vec<_>>()}))
    }

    /// Returns the first failure. If the message was shown as text, it is not repeated.
    pub(super) fn verdict(&self, is_shown: bool) -> Result<(), Problem> {
        let failed = self.steps.iter().find_map(|(step, outcome)| match outcome {
            Outcome::Failed(problem) => Some((step, problem)),
            _ => None,
        });
        match failed {
            Some((step, problem)) => {
                let message = if is_shown {
                    format!("{step} failed; its line says why")
                } else {
                    format!("{step}: {}", problem.message)
                };
                Err(Problem::new(problem.exit, message))
            }
            None => Ok(()),
        }
    }
}
