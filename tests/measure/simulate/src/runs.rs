//! All simulations of a report. They are independent, so they run on all processors.

use std::{
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use crate::{
    candidates::{CANDIDATES, Candidate},
    failure::Failure,
    outcome::Outcome,
    scenario::{self, PAUSES, SPANS, Scenario, per_minute, per_second},
};

/// One scenario with every kind of client, in the order of [`CANDIDATES`].
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) scenario: Scenario,
    pub(crate) outcomes: Vec<Outcome>,
}

/// Everything that the report compares.
#[derive(Debug)]
pub(crate) struct Comparisons {
    /// A cold start with each limit of [`SPANS`]: per minute, then per second.
    pub(crate) cold_starts: Vec<Comparison>,
    pub(crate) later: Vec<Comparison>,
    /// The manager with each of [`PAUSES`] before its start: with a limit per minute, then per second.
    pub(crate) paused: Vec<Timed>,
}

/// The manager alone, without other clients.
#[derive(Debug)]
pub(crate) struct Timed {
    pub(crate) scenario: Scenario,
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
}

pub(crate) fn compare(devices: u32, threads: usize) -> Result<Comparisons, Failure> {
    let limits = SPANS.iter().flat_map(|&span| [per_minute(devices, span), per_second(devices, span)]);
    let mut scenarios: Vec<_> = limits.map(|limit| scenario::cold_start(devices, limit)).collect();
    let cold_starts = scenarios.len();
    scenarios.extend(scenario::later(devices));
    let mut cold_starts_and_later = compare_all(scenarios, threads)?;
    let later = cold_starts_and_later.split_off(cold_starts);
    let limits = [per_minute(devices, 100), per_second(devices, 100)];
    let starts = PAUSES.iter().flat_map(|&pause| limits.map(|limit| (pause, limit)));
    let paused = starts.map(|(pause, limit)| timed(scenario::paused_start(devices, pause, limit)));
    Ok(Comparisons { cold_starts: cold_starts_and_later, later, paused: paused.collect::<Result<_, _>>()? })
}

/// Returns a power cut and two days, with fleets of growing size.
pub(crate) fn grow(largest: u32) -> Result<Vec<Timed>, Failure> {
    let sizes = [1_000, 10_000, 100_000, 1_000_000];
    sizes.into_iter().filter(|&devices| devices <= largest).map(|it| timed(scenario::growth(it))).collect()
}

/// Returns all events, for one very large fleet.
pub(crate) fn huge(devices: u32) -> Result<Vec<Timed>, Failure> {
    scenario::huge(devices).into_iter().map(timed).collect()
}

fn timed(scenario: Scenario) -> Result<Timed, Failure> {
    let manager = CANDIDATES.first().ok_or("there is no kind of client to compare")?;
    let start = Instant::now();
    let outcome = run(manager, &scenario)?;
    Ok(Timed { scenario, outcome, took: start.elapsed() })
}

pub(crate) fn run(candidate: &'static Candidate, scenario: &Scenario) -> Result<Outcome, Failure> {
    let measures = candidate.run(scenario).ok_or("the core does not read the model's answers as meant")?;
    let outcome = Outcome::new(candidate, scenario, &measures);
    outcome.broken_promise(scenario).map_or(Ok(outcome), |broken| Err(broken.into()))
}

fn compare_all(scenarios: Vec<Scenario>, threads: usize) -> Result<Vec<Comparison>, Failure> {
    let jobs: Vec<_> = scenarios.iter().flat_map(|it| CANDIDATES.iter().map(move |who| (it, who))).collect();
    let mut outcomes =
        on_threads(&jobs, threads, |(scenario, candidate)| run(candidate, scenario))?.into_iter();
    let compared = |scenario| {
        let outcomes = outcomes.by_ref().take(CANDIDATES.len()).collect();
        Comparison { scenario, outcomes }
    };
    Ok(scenarios.into_iter().map(compared).collect())
}

/// Runs all jobs on so many threads. The results are in the order of the jobs.
pub(crate) fn on_threads<J: Sync>(
    jobs: &[J],
    threads: usize,
    run: impl Fn(&J) -> Result<Outcome, Failure> + Sync,
) -> Result<Vec<Outcome>, Failure> {
    let next = Mutex::new(jobs.iter().enumerate());
    let done = Mutex::new(Vec::new());
    let work = || {
        while let Some((number, job)) = next.lock().ok().and_then(|mut jobs| jobs.next()) {
            // As text, because the error is sent between threads.
            let outcome = run(job).map_err(|failure| failure.to_string());
            if let Ok(mut done) = done.lock() {
                done.push((number, outcome));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(work);
        }
    });
    let mut done = done.into_inner().map_err(|_| "a simulation panicked")?;
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, outcome)| outcome.map_err(Failure::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report;

    /// Small fleets, in which every guarantee of the manager is checked in every scenario.
    const DEVICES: u32 = 150;

    #[test]
    fn the_manager_keeps_its_promises_and_runs_repeat() {
        let once = compare(DEVICES, 1).expect("no promise is broken");
        let again = compare(DEVICES, 3).expect("no promise is broken");
        let grown = grow(1_000).expect("no promise is broken");
        assert_eq!(report::files(&once, &grown), report::files(&again, &grown));
    }

    #[test]
    fn the_manager_is_never_without_a_token_when_nothing_happens() {
        let comparisons = compare(DEVICES, 2).expect("no promise is broken");
        let quiet =
            comparisons.later.iter().find(|it| it.scenario.name == "next-days").expect("a quiet time");
        let manager = &quiet.outcomes.first().expect("the manager").measures;
        assert_eq!((manager.calls_lost, manager.unauthorized), (0, 0));
        assert!((manager.least_share - 100.0).abs() < f64::EPSILON);
    }
}
