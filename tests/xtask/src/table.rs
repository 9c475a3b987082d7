//! A table of figures: printed, compared with the one in a document, and with the project's marks.

use std::fmt::Write as _;

/// The relative difference up to which a document is up to date.
const TOLERANCE: f64 = 0.02;
/// The same for instructions that are counted while a network runs, since the timing of packets differs each time: a call on a kept
/// connection takes up to a tenth more on a loaded host.
const TOLERANCE_OF_TRAFFIC: f64 = 0.10;

pub(crate) struct Table {
    /// The table's name: `<!-- name -->` begins it in a document.
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
    /// Whether its instructions are counted while a network runs.
    pub(crate) traffic: bool,
    /// The cell of a value that is not measured.
    pub(crate) absent: &'static str,
}

/// The cell of an empty remark.
pub(crate) const NOTHING: &str = "–";

pub(crate) struct Row {
    pub(crate) label: String,
    /// One cell per column; `None` where nothing is measured.
    pub(crate) figures: Vec<Option<u64>>,
}

/// The maximum of the figure.
pub(crate) struct Mark {
    pub(crate) row: &'static str,
    pub(crate) column: &'static str,
    pub(crate) most: u64,
    /// Whether the mark has been reached: if so it must be kept. One that has not is printed and fails nothing.
    pub(crate) reached: bool,
}

impl Table {
    /// `cell`: the number of the cell in a line of Markdown, which begins with an empty one.
    fn tolerance(&self, cell: usize) -> f64 {
        let column = cell.checked_sub(1).and_then(|column| self.columns.get(column));
        if self.traffic && column.is_some_and(|column| column.ends_with("instructions")) {
            TOLERANCE_OF_TRAFFIC
        } else {
            TOLERANCE
        }
    }

    /// Returns the table as Markdown. The first column has the labels.
    pub(crate) fn markdown(&self) -> String {
        let mut text =
            format!("| {} |\n|---|{}\n", self.columns.join(" | "), "--:|".repeat(self.columns.len() - 1));
        for row in &self.rows {
            let figures = row
                .figures
                .iter()
                .map(|figure| figure.map_or_else(|| self.absent.to_owned(), |it| it.to_string()));
            let _ = writeln!(text, "| {} | {} |", row.label, figures.collect::<Vec<_>>().join(" | "));
        }
        text
    }

    /// Returns a line for each difference from another table of this name, in Markdown.
    pub(crate) fn differences(&self, written: &str) -> Vec<String> {
        let cells = |text: &str| -> Vec<Vec<String>> {
            let rows = text.lines().filter(|line| line.starts_with('|'));
            rows.map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
        };
        let (current, written) = (cells(&self.markdown()), cells(written));
        if current.len() != written.len() {
            return vec![format!("  {} lines now, {} in the document", current.len(), written.len())];
        }
        let mut differences = Vec::new();
        for (now, then) in current.iter().zip(&written) {
            let mut cells = now.iter().zip(then).enumerate();
            let differ = cells.any(|(cell, (now, then))| !same(now, then, self.tolerance(cell)));
            if now.len() != then.len() || differ {
                differences.push(format!("  now:      {}\n  document: {}", now.join(" "), then.join(" ")));
            }
        }
        differences
    }

    /// Prints each mark beside its figure; returns those that are missed.
    pub(crate) fn hold(&self, marks: &[Mark]) -> Vec<String> {
        let mut missed = Vec::new();
        println!("\n| mark | at most | measured | |\n|---|--:|--:|---|");
        for mark in marks {
            let name = format!("{}: {}", mark.row, mark.column);
            let figure = self.figure(mark.row, mark.column);
            let kept = figure.is_some_and(|figure| figure <= mark.most);
            let shown = figure.map_or_else(|| "–".to_owned(), |figure| figure.to_string());
            let verdict = match (kept, mark.reached) {
                (true, _) => "kept",
                (false, true) => "MISSED",
                (false, false) => "not reached yet",
            };
            println!("| {name} | {} | {shown} | {verdict} |", mark.most);
            if !kept && mark.reached {
                missed.push(name);
            }
        }
        missed
    }

    /// Returns the figure in a cell, if there is one.
    pub(crate) fn figure(&self, row: &str, column: &str) -> Option<u64> {
        let column = self.columns.iter().skip(1).position(|name| *name == column)?;
        let row = self.rows.iter().find(|it| it.label == row)?;
        row.figures.get(column).copied().flatten()
    }
}

/// Returns whether two cells are equal: figures within the tolerance, other text exactly.
fn same(now: &str, then: &str, tolerance: f64) -> bool {
    match (now.parse::<f64>(), then.parse::<f64>()) {
        (Ok(now), Ok(then)) => (now - then).abs() <= then.abs() * tolerance,
        _ => now == then,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(figure: u64) -> Table {
        let rows = vec![Row { label: "parser".to_owned(), figures: vec![Some(figure), None] }];
        Table { name: "t", columns: vec!["part", "flash", "stack"], rows, traffic: false, absent: NOTHING }
    }

    #[test]
    fn a_table_is_markdown() {
        assert_eq!(table(7).markdown(), "| part | flash | stack |\n|---|--:|--:|\n| parser | 7 | – |\n");
    }

    #[test]
    fn figures_may_drift_by_two_in_a_hundred() {
        let written = table(1000).markdown();
        assert_eq!(table(1020).differences(&written).len(), 0);
        assert_eq!(table(1021).differences(&written).len(), 1);
        assert_eq!(table(979).differences(&written).len(), 1);
        assert_eq!(table(1000).differences("").len(), 1);
    }

    #[test]
    fn a_mark_without_a_figure_is_missed() {
        let mark = |column, most| [Mark { row: "parser", column, most, reached: true }];
        assert_eq!(table(7).hold(&mark("flash", 7)).len(), 0);
        assert_eq!(table(7).hold(&mark("flash", 6)).len(), 1);
        assert_eq!(table(7).hold(&mark("stack", 6)).len(), 1);
        assert_eq!(table(7).hold(&mark("speed", 6)).len(), 1);
    }
}
