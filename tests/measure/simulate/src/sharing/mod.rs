//! The broker and the shared store, compared with services that obtain tokens on their own: 1,000 services on 100 machines, and
//! 10⁵ on 10⁴.

mod designs;
mod report;
mod scenarios;

pub(crate) use report::{DOCUMENT, charts, text};

use designs::{DESIGNS, Design};

use crate::{
    failure::Failure,
    runs::{self, Comparison},
    scenario::Scenario,
};

const SERVICES: u32 = 1_000;
const MANY_SERVICES: u32 = 100_000;

/// The fleets of the report. Each comparison has its outcomes in the order of [`DESIGNS`].
#[derive(Debug)]
pub(crate) struct Fleets {
    pub(crate) small: Vec<Comparison>,
    pub(crate) large: Vec<Comparison>,
}

/// Runs everything. A fleet of more than `largest` services is left out.
pub(crate) fn compare(largest: u32, threads: usize) -> Result<Fleets, Failure> {
    let small = compare_all(scenarios::all(SERVICES), DESIGNS, threads)?;
    // The last one asks every five seconds when it fails: a hundred thousand of them show nothing that a thousand do not.
    let ours = DESIGNS.split_last().map_or(DESIGNS, |(_, ours)| ours);
    let list = if largest < MANY_SERVICES { Vec::new() } else { scenarios::large(MANY_SERVICES) };
    Ok(Fleets { small, large: compare_all(list, ours, threads)? })
}

fn compare_all(
    scenarios: Vec<Scenario>,
    designs: &'static [Design],
    threads: usize,
) -> Result<Vec<Comparison>, Failure> {
    let jobs: Vec<_> =
        scenarios.iter().flat_map(|it| designs.iter().map(move |design| (it, design))).collect();
    let run = |(scenario, design): &(&Scenario, &'static Design)| {
        runs::run(&design.candidate, &design.deployed(scenario))
    };
    let mut outcomes = runs::on_threads(&jobs, threads, run)?.into_iter();
    let compared =
        |scenario| Comparison { scenario, outcomes: outcomes.by_ref().take(designs.len()).collect() };
    Ok(scenarios.into_iter().map(compared).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{client::BUDGET, outcome::Figures};

    /// Small fleets; each run also checks the guarantees: no token past its end, one exchange in a refresh cycle while the engine
    /// answers, at most members times budget without it, and one shared token at the end.
    const FEW: u32 = 100;

    /// Returns the figures of each design in the scenario of this title.
    fn figures(title: &str) -> Vec<Figures> {
        let scenarios = scenarios::all(FEW).into_iter().filter(|it| it.title == title).collect();
        let comparison = compare_all(scenarios, DESIGNS, 1).expect("no promise is broken").remove(0);
        comparison.outcomes.into_iter().map(|outcome| outcome.measures).collect()
    }

    fn requests(title: &str) -> Vec<u64> {
        figures(title).iter().map(|it| it.requests).collect()
    }

    #[test]
    fn every_guarantee_holds_in_every_scenario_and_runs_repeat() {
        let run = |threads| compare_all(scenarios::all(FEW), DESIGNS, threads).expect("no promise is broken");
        let fleets = [1, 3].map(|threads| Fleets { small: run(threads), large: Vec::new() });
        let [once, again] = &fleets;
        assert_eq!(text(once), text(again));
        assert_eq!(charts(once), charts(again));
    }

    #[test]
    fn at_power_on_a_fleet_a_machine_or_a_service_makes_one_request() {
        let requests = requests("Power-on");
        assert_eq!(requests[..3], [1, 1, u64::from(FEW / designs::PER_MACHINE)]);
        assert!(requests[3] >= u64::from(FEW));
    }

    #[test]
    fn one_exchange_replaces_a_revoked_token_and_no_call_is_lost() {
        for it in &figures("Every token revoked")[..2] {
            assert_eq!((it.requests, it.calls_lost), (1, 0));
        }
    }

    #[test]
    fn without_the_engine_each_member_makes_its_own_exchange_and_is_never_without_a_token() {
        for it in &figures("Engine out, short tokens")[..2] {
            let members = u64::from(it.devices);
            // One that was early has the token that the first one published.
            assert!((members - 2..=members).contains(&it.from_budget), "{} of {members}", it.from_budget);
            assert!(it.seconds_without.abs() < f64::EPSILON && it.calls_lost == 0);
        }
    }

    #[test]
    fn the_worst_case_is_members_times_budget() {
        for it in &figures("Engine and token endpoint out")[..2] {
            let most = u64::from(it.devices) * u64::from(BUDGET);
            assert!((most * 9 / 10..=most).contains(&it.from_budget), "{} of {most}", it.from_budget);
        }
    }

    #[test]
    fn a_restart_without_persistence_costs_at_most_one_exchange() {
        let (undisturbed, restarted) = (requests("Engine out, day tokens"), requests("Engine restarted"));
        for (undisturbed, restarted) in undisturbed.iter().zip(&restarted).take(2) {
            assert!((*undisturbed..=undisturbed + 1).contains(restarted));
        }
    }
}
