//! The acceptance table: `cargo xtask tls-table` prints its lines, which begin with `|`.

// For whoever reads it.
#![allow(clippy::print_stdout)]

pub(crate) fn head() {
    // Behind what the test runner may have written on this line.
    println!("\n| case | server | expected | got | bytes of the request seen | |");
    println!("|---|---|---|---|--:|---|");
}

/// One connection.
pub(crate) fn row(case: &str, server: &str, expected: &str, got: &str, seen: usize, right: bool) {
    let expected = expected.replace('|', " or ");
    println!("| {case} | {server} | {expected} | {got} | {seen} | {} |", if right { "ok" } else { "WRONG" });
}
