//! The table of all figures, in the form in which the documents carry it.

use super::measure::Figures;

pub(super) fn print(results: &[Figures], rounds: usize) {
    println!(
        "\nOne token over TLS 1.3, whole process, loopback, {} processor. CPU: median of {rounds} interleaved runs.\n",
        std::env::consts::ARCH
    );
    println!("| client | M instr | x floor | CPU ms | x floor, paired | peak MiB | MB on disk | crates |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for it in results {
        println!(
            "| {} | {:.3} | {:.3} | {:.2} | {:.2} | {:.2} | {:.2} | {:.0} |",
            it.name,
            it.instructions / 1e6,
            it.instruction_ratio,
            it.cpu,
            it.cpu_ratio,
            it.memory,
            it.size,
            it.crates
        );
    }
}
