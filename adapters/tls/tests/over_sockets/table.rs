//! The acceptance table: `cargo xtask tls-table` prints these lines, which begin with `|`.

// The table is the test's output.
#![allow(clippy::print_stdout)]

pub(crate) fn head() {
    // The test runner may have written on this line already.
    println!("\n| case | server | expected | got | bytes of the request received | |");
    println!("|---|---|---|---|--:|---|");
}

/// Prints the row of one connection.
pub(crate) fn row(case: &str, server: &str, expected: &str, got: &str, received: usize, as_expected: bool) {
    let expected = expected.replace('|', " or ");
    println!(
        "| {case} | {server} | {expected} | {got} | {received} | {} |",
        if as_expected { "ok" } else { "WRONG" }
    );
}
