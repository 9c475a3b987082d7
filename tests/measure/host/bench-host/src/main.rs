//! What a cached token costs on a host: the client of this project beside other ways to share a value with its expiry.
//!
//! Every contestant does the same job: give the token if its end has not come by the clock that counts suspended time. All run in one
//! process, in short slices that take turns, so that whatever else the machine does meets all of them; what is printed are medians
//! over many rounds, and their ratios. Of two threads, only slices count during which both ran: they contend for nothing else. Times
//! are for reading and decide nothing.
//!
//! `bench-host [rounds]`

mod contestants;
mod measure;
mod report;

use std::error::Error;

use contestants::Stage;

const ROUNDS: usize = 400;

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = match std::env::args().nth(1) {
        Some(rounds) => rounds.parse::<usize>()?.max(1),
        None => ROUNDS,
    };
    let stage = Stage::new()?;
    let contestants = contestants::all(&stage);
    let alone = measure::rounds(&contestants, 1, rounds);
    let together = measure::rounds_together(&contestants, 2, rounds);
    report::print(&contestants, &alone, &together, rounds);
    Ok(())
}
