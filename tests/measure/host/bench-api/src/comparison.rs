//! Rounds of runs under the same load, one run of each candidate, and their comparison with the marks.

use bench_marks::{Machine, Marks, median, of_ended_children};
use genesys_token_sandbox::Sandbox;

use crate::candidate::Candidate;
use crate::error::AnyError;
use crate::http2::Server;
use crate::load::CALLERS;
use crate::run::{self, Reading, Target};

/// Most processor time, as a part of reqwest's, each without what the pauses of the callers cost.
const CPU_MAX: f64 = 0.8;
/// Calls per second and p99 are those of the same server with the same pauses, so they are equal if nothing is wrong: the difference
/// that is left between two medians on a machine that does nothing else is allowed for.
const VARIATION: f64 = 0.03;

/// How many rounds are tried at most, as a multiple of the undisturbed ones that are wanted.
const TRIES: usize = 2;

/// A run of each candidate.
#[derive(Clone, Default)]
struct Round {
    runs: [Reading; Candidate::ALL.len()],
    /// Processor time of the callers' pauses, in microseconds per call.
    pauses_us: f64,
}

impl Round {
    /// Returns the processor time of the client alone, in microseconds per call.
    fn cpu_us(&self, which: usize) -> f64 {
        self.runs[which].cpu_per_call_us - self.pauses_us
    }
}

/// Measures until `rounds` rounds were not disturbed by other processes, prints the medians, and adds the marks.
pub(crate) fn run(
    what: &str,
    rounds: usize,
    sandbox: &Sandbox,
    target: &Target<'_>,
    marks: &mut Marks,
) -> Result<(), AnyError> {
    let (mut undisturbed, mut all) = (Vec::new(), Vec::new());
    for number in 0..rounds * TRIES {
        // The sandbox and the relay are threads of this process.
        let machine = Machine::now(of_ended_children()?)?;
        let round = round(number, sandbox, target)?;
        if machine.is_undisturbed_until(of_ended_children()?)? {
            undisturbed.push(round.clone());
        }
        all.push(round);
        if undisturbed.len() == rounds {
            break;
        }
    }
    let is_undisturbed = undisturbed.len() == rounds;
    let rounds = if is_undisturbed { &undisturbed } else { &all };
    print(what, rounds);
    // The next two marks hardly depend on other processes, which affect processor time only through the caches.
    let name = |of: &str| format!("{what}: {of}");
    let connections = rounds.iter().map(|round| round.runs[0].connections).max().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    marks.at_most(&name("connections"), CALLERS as f64, connections as f64);
    let disturbed = if is_undisturbed { "" } else { ", disturbed" };
    let cpu = median_of(rounds, |round| round.cpu_us(0) / round.cpu_us(1));
    marks.at_most(&name(&format!("CPU per call, api() / reqwest{disturbed}")), CPU_MAX, cpu);
    let ratio = |of: fn(&Reading) -> f64| median_of(rounds, |round| of(&round.runs[0]) / of(&round.runs[1]));
    let (calls, p99) = (name("calls/s, api() / reqwest"), name("p99, api() / reqwest"));
    if is_undisturbed {
        marks.at_least(&calls, 1.0 - VARIATION, ratio(|reading| reading.calls_per_second));
        marks.at_most(&p99, 1.0 + VARIATION, ratio(|reading| reading.p99_ms));
    } else {
        marks.unmeasured(&calls, 1.0 - VARIATION);
        marks.unmeasured(&p99, 1.0 + VARIATION);
    }
    Ok(())
}

/// Runs each candidate once, another one first each time.
fn round(number: usize, sandbox: &Sandbox, target: &Target<'_>) -> Result<Round, AnyError> {
    let mut round = Round::default();
    for turn in 0..round.runs.len() {
        let which = (number + turn) % round.runs.len();
        round.runs[which] = run::load(sandbox, Candidate::ALL[which], target)?;
    }
    if !target.rhythm.pause.is_zero() {
        round.pauses_us = run::load(sandbox, Candidate::Pauses, target)?.cpu_per_call_us;
    }
    Ok(round)
}

fn median_of(rounds: &[Round], of: impl Fn(&Round) -> f64) -> f64 {
    median(&mut rounds.iter().map(of).collect::<Vec<_>>())
}

/// Prints the medians of each candidate, on standard error: the marks are the result.
fn print(what: &str, rounds: &[Round]) {
    for (which, candidate) in Candidate::ALL.into_iter().enumerate() {
        print_medians(what, candidate, &rounds.iter().map(|round| &round.runs[which]).collect::<Vec<_>>());
    }
    let whole = median_of(rounds, |round| round.runs[0].cpu_per_call_us / round.runs[1].cpu_per_call_us);
    let pauses = median_of(rounds, |round| round.pauses_us);
    eprintln!(
        "{what}: pauses alone: {pauses:.1} µs of CPU per call; CPU with them, api() / reqwest: {whole:.2}"
    );
}

fn print_medians(what: &str, candidate: Candidate, readings: &[&Reading]) {
    let of = |value: fn(&Reading) -> f64| {
        median(&mut readings.iter().map(|reading| value(reading)).collect::<Vec<_>>())
    };
    eprintln!(
        "{what}: {}: {} connections, {:.0} calls/s, {:.1} µs of CPU per call, p99 {:.1} ms",
        candidate.name(),
        readings.iter().map(|reading| reading.connections).max().unwrap_or(0),
        of(|reading| reading.calls_per_second),
        of(|reading| reading.cpu_per_call_us),
        of(|reading| reading.p99_ms),
    );
}

/// Measures calls over HTTP/2, and prints the medians. There is no mark for them: the service's API offers HTTP/2 today, and may change that.
pub(crate) fn inform_about_http2(
    what: &str,
    rounds: usize,
    server: &Server,
    target: &Target<'_>,
) -> Result<(), AnyError> {
    let mut readings = [const { Vec::new() }; Candidate::HTTP2.len()];
    for number in 0..rounds {
        for turn in 0..readings.len() {
            let which = (number + turn) % readings.len();
            readings[which].push(run::load(server, Candidate::HTTP2[which], target)?);
        }
    }
    for (candidate, readings) in Candidate::HTTP2.into_iter().zip(&readings) {
        print_medians(what, candidate, &readings.iter().collect::<Vec<_>>());
    }
    Ok(())
}
