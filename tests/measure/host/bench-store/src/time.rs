//! The time of lookups and of reads, measured alternately.

use std::time::Instant;

use bench_marks::{Marks, median};

use crate::error::AnyError;
use crate::member::Member;
use crate::plain::Plain;

/// Pairs in a round. The median of a round leaves out those during which another process had the processor.
const PAIRS: usize = 500;
/// The mark.
const LOOKUP_MAX: f64 = 1.5;

pub(crate) async fn measure(
    rounds: usize,
    member: &Member,
    plain: &Plain,
    marks: &mut Marks,
) -> Result<(), AnyError> {
    // Connected, and scripts and caches are warm.
    let _ = round(member, plain).await?;
    let mut ratios = Vec::with_capacity(rounds);
    let mut best = [f64::MAX; 2];
    for _ in 0..rounds {
        let medians = round(member, plain).await?;
        ratios.push(medians[0] / medians[1]);
        best = [best[0].min(medians[0]), best[1].min(medians[1])];
    }
    let [lookup, get] = best.map(|seconds| seconds * 1e6);
    let name =
        format!("lookup / GET: time, median of {rounds} rounds (the fastest: {lookup:.1} / {get:.1} µs)");
    marks.at_most(&name, LOOKUP_MAX, median(&mut ratios));
    Ok(())
}

/// Returns the medians of lookups and of reads, in seconds.
async fn round(member: &Member, plain: &Plain) -> Result<[f64; 2], AnyError> {
    let mut times = [Vec::with_capacity(PAIRS), Vec::with_capacity(PAIRS)];
    for _ in 0..PAIRS {
        let begin = Instant::now();
        member.look_up().await?;
        times[0].push(begin.elapsed().as_secs_f64());
        let begin = Instant::now();
        plain.read().await?;
        times[1].push(begin.elapsed().as_secs_f64());
    }
    Ok(times.map(|mut times| median(&mut times)))
}
