//! The marks: what was measured beside its target, as rows of a table.

use std::fmt::Display;

/// The verdict on each mark so far.
#[derive(Default)]
pub struct Marks {
    missed: Vec<String>,
    unmeasured: Vec<String>,
}

impl Marks {
    /// Prints the head of the table.
    pub fn begin() -> Self {
        println!("| mark | target | measured | |");
        println!("|---|--:|--:|---|");
        Self::default()
    }

    /// Adds a mark with a lower limit.
    pub fn at_least(&mut self, name: &str, target: f64, measured: f64) {
        self.row(name, format!("≥ {target}"), format!("{measured:.2}"), measured >= target);
    }

    /// Adds a mark with an upper limit.
    pub fn at_most(&mut self, name: &str, target: f64, measured: f64) {
        self.row(name, format!("≤ {target}"), format!("{measured:.2}"), measured <= target);
    }

    /// Adds a mark whose measurement other processes disturbed each time.
    pub fn unmeasured(&mut self, name: &str, target: impl Display) {
        println!("| {name} | {target} | – | not measured: other processes used the machine |");
        self.unmeasured.push(name.to_owned());
    }

    fn row(&mut self, name: &str, target: String, measured: String, is_met: bool) {
        println!("| {name} | {target} | {measured} | {} |", if is_met { "met" } else { "missed" });
        if !is_met {
            self.missed.push(format!("{name}: {measured}, and the mark is {target}"));
        }
    }

    /// Returns the verdict on all marks.
    ///
    /// # Errors
    /// The marks that were missed, or could not be measured.
    pub fn end(self) -> Result<(), String> {
        let unmeasured = self
            .unmeasured
            .into_iter()
            .map(|name| format!("{name}: not measured, run it on a machine that does nothing else"));
        let problems: Vec<_> = self.missed.into_iter().chain(unmeasured).collect();
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    }
}
