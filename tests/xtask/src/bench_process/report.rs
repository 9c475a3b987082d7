//! The table of all figures, in the format of the documents.

use super::measure::Figures;

pub(super) fn print(results: &[Figures], rounds: usize) {
    println!(
        "\nOne token over TLS 1.3, whole process, loopback, {} processor. CPU (user and system), minor faults, and memory \
         at the exit: medians of {rounds} interleaved runs; in brackets the middle half.\n",
        std::env::consts::ARCH
    );
    println!(
        "| client | M instr | x baseline | CPU ms | x baseline, paired | faults | MiB | own KiB | MB on disk | crates |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for it in results {
        println!(
            "| {} | {:.3} | {:.3} | {:.2} | {:.2} ({:.2}–{:.2}) | {:.0} | {:.2} | {:.0} | {:.2} | {:.0} |",
            it.name,
            it.instructions / 1e6,
            it.instruction_ratio,
            it.cpu,
            it.cpu_ratio,
            it.cpu_ratio_between.0,
            it.cpu_ratio_between.1,
            it.faults,
            it.memory,
            it.own_memory,
            it.size,
            it.crates
        );
    }
}
