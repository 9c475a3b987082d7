//! The project's limits for whole processes, as data, and their comparison with the figures.

use std::{num::NonZero, thread};

use super::{
    candidates::{LIBRARY, TOOL, WHOLE_TOOL},
    measure::Figures,
};

struct Mark {
    candidate: &'static str,
    quantity: Quantity,
    most: f64,
}

#[derive(Clone, Copy)]
enum Quantity {
    InstructionRatio,
    /// Millions of instructions.
    Instructions,
    CpuRatio,
    /// Peak resident memory in MiB.
    Memory,
    /// Stripped size on disk in MB.
    Size,
    Crates,
}

const MARKS: &[Mark] = &[
    Mark { candidate: TOOL, quantity: Quantity::InstructionRatio, most: 1.1 },
    Mark { candidate: TOOL, quantity: Quantity::CpuRatio, most: 1.1 },
    Mark { candidate: TOOL, quantity: Quantity::Size, most: 3.7 },
    Mark { candidate: WHOLE_TOOL, quantity: Quantity::InstructionRatio, most: 1.1 },
    Mark { candidate: WHOLE_TOOL, quantity: Quantity::Size, most: 4.5 },
    Mark { candidate: LIBRARY, quantity: Quantity::Instructions, most: 3.1 },
    Mark { candidate: LIBRARY, quantity: Quantity::Memory, most: 3.5 },
    Mark { candidate: LIBRARY, quantity: Quantity::Size, most: 2.0 },
    Mark { candidate: LIBRARY, quantity: Quantity::Crates, most: 55.0 },
];

impl Quantity {
    /// Returns name, unit, and decimal places.
    fn words(self) -> (&'static str, &'static str, usize) {
        match self {
            Self::InstructionRatio => ("instructions, to the baseline's", "x", 3),
            Self::Instructions => ("instructions", "M", 3),
            Self::CpuRatio => ("CPU time, to the baseline's", "x", 3),
            Self::Memory => ("peak memory", "MiB", 2),
            Self::Size => ("on disk", "MB", 2),
            Self::Crates => ("crates in the release tree", "", 0),
        }
    }

    fn of(self, figures: &Figures) -> f64 {
        match self {
            Self::InstructionRatio => figures.instruction_ratio,
            Self::Instructions => figures.instructions / 1e6,
            Self::CpuRatio => figures.cpu_ratio,
            Self::Memory => figures.memory,
            Self::Size => figures.size,
            Self::Crates => figures.crates,
        }
    }

    /// Returns how far a figure may be from the truth.
    ///
    /// Linux counts the pages of a process on each processor, those of files and the anonymous ones apart, and adds each count up in
    /// batches of at least 32 pages (since 6.2, `lib/percpu_counter.c`). A reported peak may be wrong by two batches for each processor:
    /// on two of them the same program had 3.37 and 3.88 MiB.
    fn accuracy(self) -> f64 {
        const BATCH_MIB: f64 = 32.0 * 4.0 / 1024.0;
        const COUNTS: f64 = 2.0;
        let processors = || thread::available_parallelism().map_or(1, NonZero::get);
        if matches!(self, Self::Memory) {
            COUNTS * BATCH_MIB * f64::from(u32::try_from(processors()).unwrap_or(1))
        } else {
            0.0
        }
    }

    /// Times are informative only: a busy machine must not fail a build.
    fn decides(self) -> bool {
        !matches!(self, Self::CpuRatio)
    }
}

/// Prints each mark beside its figure; returns those that were missed, except informative ones.
pub(super) fn print(results: &[Figures]) -> Vec<String> {
    let mut missed = Vec::new();
    println!("\n| mark | at most | measured | |\n|---|--:|--:|---|");
    for mark in MARKS {
        let (what, unit, digits) = mark.quantity.words();
        let name = format!("{}: {what}", mark.candidate);
        let measured =
            results.iter().find(|figures| figures.name == mark.candidate).map(|it| mark.quantity.of(it));
        let verdict = match measured {
            None => "not measured",
            Some(value) if value <= mark.most => "kept",
            Some(value) if value <= mark.most + mark.quantity.accuracy() => {
                "above, within the accuracy of the count"
            }
            Some(_) if mark.quantity.decides() => "MISSED",
            Some(_) => "above, but times do not decide",
        };
        let shown = |value: f64| format!("{value:.digits$} {unit}").trim_end().to_owned();
        let (most, measured) = (shown(mark.most), measured.map_or_else(|| "–".to_owned(), shown));
        println!("| {name} | {most} | {measured} | {verdict} |");
        if verdict == "MISSED" {
            missed.push(name);
        }
    }
    missed
}
