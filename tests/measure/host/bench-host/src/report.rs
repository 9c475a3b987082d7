//! The table and the marks.

use crate::candidates::{Candidate, OURS};
use crate::measure::Readings;

/// Nanoseconds of a call, on one thread and on two at once.
const MARK: f64 = 30.0;

pub(crate) fn print(candidates: &[Candidate], single: &Readings, concurrent: &Readings, rounds: usize) {
    let ours = candidates.iter().position(|it| it.name == OURS).unwrap_or(0);
    println!(
        "\nA cached token with its expiry check, {} processor: medians of {rounds} alternating rounds; in brackets \
         the middle half.\n",
        std::env::consts::ARCH
    );
    println!("| | 1 thread, ns | to ours | 2 threads at once, ns each | to ours | such rounds |");
    println!("|---|--:|--:|--:|--:|--:|");
    for (index, candidate) in candidates.iter().enumerate() {
        let (one, two) = (Spread::of(&single[index]), Spread::of(&concurrent[index]));
        let to_ours = |readings: &Readings, own: &Spread| own.median / Spread::of(&readings[ours]).median;
        let (to_one, to_two) = (to_ours(single, &one), to_ours(concurrent, &two));
        println!("| {} | {one} | {to_one:.2} | {two} | {to_two:.2} | {} |", candidate.name, two.count);
    }
    println!("\n| mark | at most, ns | measured | |\n|---|--:|--:|---|");
    for (threads, readings) in [("1 thread", single), ("2 threads at once", concurrent)] {
        let measured = Spread::of(&readings[ours]).median;
        let verdict = if measured <= MARK { "reached" } else { "not reached" };
        println!("| {OURS}: {threads} | {MARK:.0} | {measured:.1} | {verdict} |");
    }
}

struct Spread {
    lower: f64,
    median: f64,
    upper: f64,
    count: usize,
}

impl Spread {
    fn of(values: &[f64]) -> Self {
        let mut values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let at = |quarter: usize| match values.len() {
            0 => f64::NAN,
            count => values[(count - 1) * quarter / 4],
        };
        Self { lower: at(1), median: at(2), upper: at(3), count: values.len() }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} ({:.1}–{:.1})", self.median, self.lower, self.upper)
    }
}
