//! The table and the marks.

use crate::contestants::{Contestant, OURS};
use crate::measure::Readings;

/// Nanoseconds of a call, on one thread and on two at once.
const MARK: f64 = 30.0;

pub(crate) fn print(contestants: &[Contestant], alone: &Readings, together: &Readings, rounds: usize) {
    let ours = contestants.iter().position(|it| it.name == OURS).unwrap_or(0);
    println!(
        "\nA cached token with its expiry check, {} processor: medians of {rounds} rounds in which all take turns; in brackets \
         the middle half.\n",
        std::env::consts::ARCH
    );
    println!("| | 1 thread, ns | to ours | 2 threads at once, ns each | to ours |");
    println!("|---|--:|--:|--:|--:|");
    for (index, contestant) in contestants.iter().enumerate() {
        let (one, two) = (Spread::of(&alone[index]), Spread::of(&together[index]));
        let (to_one, to_two) =
            (paired(&alone[index], &alone[ours]), paired(&together[index], &together[ours]));
        println!("| {} | {one} | {to_one:.2} | {two} | {to_two:.2} |", contestant.name);
    }
    println!("\n| mark | at most, ns | measured | |\n|---|--:|--:|---|");
    for (threads, readings) in [("1 thread", alone), ("2 threads at once", together)] {
        let measured = Spread::of(&readings[ours]).median;
        let verdict = if measured <= MARK { "reached" } else { "not reached yet" };
        println!("| {OURS}: {threads} | {MARK:.0} | {measured:.1} | {verdict} |");
    }
}

/// The median of the ratios within the same rounds.
fn paired(of: &[f64], to: &[f64]) -> f64 {
    let ratios: Vec<f64> = of.iter().zip(to).map(|(of, to)| of / to).collect();
    Spread::of(&ratios).median
}

struct Spread {
    lower: f64,
    median: f64,
    upper: f64,
}

impl Spread {
    fn of(values: &[f64]) -> Self {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        let at = |quarter: usize| values[(values.len() - 1) * quarter / 4];
        Self { lower: at(1), median: at(2), upper: at(3) }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} ({:.1}–{:.1})", self.median, self.lower, self.upper)
    }
}
