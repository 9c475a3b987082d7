//! What became of each scenario over one transport, so that none is skipped silently.

use core::fmt::Write;

use super::{Scenario, list};

/// What became of one scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    scenario: &'static str,
    verdict: Verdict,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Verdict {
    Played { outcome: String, wrong: Vec<String> },
    NotApplicable(&'static str),
}

impl Finding {
    pub(super) fn played(scenario: &Scenario, outcome: String, wrong: Vec<String>) -> Self {
        Self { scenario: scenario.name, verdict: Verdict::Played { outcome, wrong } }
    }

    pub(super) fn not_applicable(scenario: &Scenario, reason: &'static str) -> Self {
        Self { scenario: scenario.name, verdict: Verdict::NotApplicable(reason) }
    }
}

/// The findings of one transport.
#[derive(Clone, Debug)]
pub struct Ledger {
    transport: &'static str,
    findings: Vec<Finding>,
}

impl Ledger {
    /// An empty one.
    #[must_use]
    pub const fn new(transport: &'static str) -> Self {
        Self { transport, findings: Vec::new() }
    }

    /// Enters a finding.
    pub fn enter(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// The findings as a table: one line for each scenario, in the order of the [`list`].
    ///
    /// # Errors
    ///
    /// The same text with everything that is wrong, if anything is: a scenario that was not played, or twice, or left aside without a
    /// reason; one that is not in the list; one that came out otherwise than it must.
    pub fn close(self) -> Result<String, String> {
        let mut wrong = String::new();
        let mut table = String::new();
        for scenario in list() {
            let mut found = self.findings.iter().filter(|finding| finding.scenario == scenario.name);
            match (found.next(), found.next()) {
                (Some(finding), None) => line(&mut table, &mut wrong, finding),
                (None, _) => complain(&mut wrong, scenario.name, "not played"),
                _ => complain(&mut wrong, scenario.name, "played twice"),
            }
        }
        let known = list();
        for Finding { scenario, .. } in &self.findings {
            if !known.iter().any(|known| known.name == *scenario) {
                complain(&mut wrong, scenario, "not in the list");
            }
        }
        if wrong.is_empty() {
            Ok(format!("{}: {} scenarios\n{table}", self.transport, known.len()))
        } else {
            Err(format!("{}:\n{wrong}", self.transport))
        }
    }
}

fn line(table: &mut String, wrong: &mut String, finding: &Finding) {
    let name = finding.scenario;
    match &finding.verdict {
        Verdict::Played { outcome, wrong: faults } => {
            for fault in faults {
                complain(wrong, name, fault);
            }
            let _ = writeln!(table, "{name}: {outcome}");
        }
        Verdict::NotApplicable("") => complain(wrong, name, "left aside without a reason"),
        Verdict::NotApplicable(reason) => {
            let _ = writeln!(table, "{name}: not applicable, {reason}");
        }
    }
}

fn complain(wrong: &mut String, scenario: &str, what: &str) {
    let _ = writeln!(wrong, "{scenario}: {what}");
}
