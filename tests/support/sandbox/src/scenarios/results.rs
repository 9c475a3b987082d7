//! The results of the scenarios over one transport. A scenario that was not run is an error.

use core::fmt::Write;

use super::{Scenario, list};

/// The result of one scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScenarioResult {
    scenario: &'static str,
    status: Status,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Status {
    Run { outcome: String, failures: Vec<String> },
    NotApplicable(&'static str),
}

impl ScenarioResult {
    pub(super) fn run(scenario: &Scenario, outcome: String, failures: Vec<String>) -> Self {
        Self { scenario: scenario.name, status: Status::Run { outcome, failures } }
    }

    pub(super) fn not_applicable(scenario: &Scenario, reason: &'static str) -> Self {
        Self { scenario: scenario.name, status: Status::NotApplicable(reason) }
    }
}

/// The results of one transport.
#[derive(Clone, Debug)]
pub struct Results {
    transport: &'static str,
    results: Vec<ScenarioResult>,
}

impl Results {
    /// Creates an empty collection for the transport of this name.
    #[must_use]
    pub const fn new(transport: &'static str) -> Self {
        Self { transport, results: Vec::new() }
    }

    /// Adds a result.
    pub fn add(&mut self, result: ScenarioResult) {
        self.results.push(result);
    }

    /// Returns the results as text: one line per scenario, in the order of the [`list`].
    ///
    /// # Errors
    ///
    /// All failures as text, if there are any: an outcome that the scenario does not allow; a scenario of the list that is missing,
    /// was run twice or was skipped without a reason; a result of a scenario that is not in the list.
    pub fn finish(self) -> Result<String, String> {
        let mut failures = String::new();
        let mut table = String::new();
        let known = list();
        for scenario in &known {
            let mut found = self.results.iter().filter(|result| result.scenario == scenario.name);
            match (found.next(), found.next()) {
                (Some(result), None) => write_line(&mut table, &mut failures, result),
                (None, _) => write_failure(&mut failures, scenario.name, "not run"),
                _ => write_failure(&mut failures, scenario.name, "run twice"),
            }
        }
        for ScenarioResult { scenario, .. } in &self.results {
            if !known.iter().any(|known| known.name == *scenario) {
                write_failure(&mut failures, scenario, "not in the list");
            }
        }
        if failures.is_empty() {
            Ok(format!("{}: {} scenarios\n{table}", self.transport, known.len()))
        } else {
            Err(format!("{}:\n{failures}", self.transport))
        }
    }
}

fn write_line(table: &mut String, failures: &mut String, result: &ScenarioResult) {
    let name = result.scenario;
    match &result.status {
        Status::Run { outcome, failures: found } => {
            for failure in found {
                write_failure(failures, name, failure);
            }
            let _ = writeln!(table, "{name}: {outcome}");
        }
        Status::NotApplicable("") => write_failure(failures, name, "skipped without a reason"),
        Status::NotApplicable(reason) => {
            let _ = writeln!(table, "{name}: not applicable, {reason}");
        }
    }
}

fn write_failure(failures: &mut String, scenario: &str, what: &str) {
    let _ = writeln!(failures, "{scenario}: {what}");
}
