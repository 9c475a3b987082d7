//! Costs of a cached token on a host: this project's client, compared with other ways to share a value with its expiry.
//!
//! Every candidate returns the token if it has not expired by the clock that counts suspended time. All run in one
//! process, in short slices that alternate, so that other load on the machine affects all of them; medians
//! over many rounds and their ratios are printed. With two threads only slices count during which both ran. No check depends on
//! the times.
//!
//! `bench-host [rounds]`

mod candidates;
mod measure;
mod report;

use std::error::Error;

use candidates::Setup;

const ROUNDS: usize = 400;

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = match std::env::args().nth(1) {
        Some(rounds) => rounds.parse::<usize>()?.max(1),
        None => ROUNDS,
    };
    let setup = Setup::new()?;
    let candidates = candidates::all(&setup);
    let single = measure::rounds(&candidates, 1, rounds);
    let concurrent = measure::rounds_concurrent(&candidates, 2, rounds);
    report::print(&candidates, &single, &concurrent, rounds);
    Ok(())
}
