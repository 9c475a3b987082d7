//! A table that is readable on a terminal and valid Markdown.

use std::fmt::Write as _;

#[derive(Debug)]
pub(crate) struct Table {
    /// The first row is the heading.
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|&cell| cell.to_owned()).collect()] }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Aligns the first column to the left, all others to the right.
    pub(crate) fn text(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0).max(3)).collect();
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
                let _ = if column == 0 {
                    write!(text, "| {cell}{padding} ")
                } else {
                    write!(text, "| {padding}{cell} ")
                };
            }
            text.push_str("|\n");
            if number == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let line = "-".repeat(width + 1);
                    let _ = if column == 0 { write!(text, "|{line}-") } else { write!(text, "|{line}:") };
                }
                text.push_str("|\n");
            }
        }
        text
    }
}

/// Formats a whole number in groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Converts a count exactly: counts here are far below 2³².
pub(crate) fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Formats a count per device.
pub(crate) fn per(devices: u32, count: u64) -> String {
    match (count, float(count) / f64::from(devices)) {
        (0, _) => "0".to_owned(),
        (_, rate) if rate < 0.01 => "< 0.01".to_owned(),
        (_, rate) => format!("{rate:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned_markdown() {
        let mut table = Table::new(&["name", "n"]);
        table.row(vec!["a".to_owned(), grouped(1_234_567)]);
        assert_eq!(table.text(), "| name |         n |\n|------|----------:|\n| a    | 1,234,567 |\n");
    }

    #[test]
    fn numbers_are_grouped_and_small_rates_are_not_zero() {
        assert_eq!([0, 7, 999, 1000, 100_000].map(grouped), ["0", "7", "999", "1,000", "100,000"]);
        assert_eq!([0, 1, 150].map(|count| per(1000, count)), ["0", "< 0.01", "0.15"]);
    }
}
