//! The document about shared tokens, and its charts.

use std::fmt::Write as _;

use super::{Fleets, MANY_SERVICES, SERVICES, designs::DESIGNS};
use crate::{
    chart::{Axis, Chart, Drawn, Line},
    client::BUDGET,
    outcome::{Figures, Outcome},
    report::{holders_chart, limit, requests_chart},
    runs::Comparison,
    scenario::Scenario,
    table::{Table, float, grouped},
};

/// The name of the file of [`text`].
pub(crate) const DOCUMENT: &str = "sharing.md";

const INTRODUCTION: &str = include_str!("introduction.md");

/// What is compared over all scenarios, in a table and a chart each.
struct Measure {
    name: &'static str,
    title: &'static str,
    cell: fn(&Outcome, &Scenario) -> String,
    value: fn(&Figures) -> Option<f64>,
}

static MEASURES: [Measure; 3] = [
    Measure {
        name: "requests",
        title: "Requests to the token endpoint",
        cell: |it, _| grouped(it.measures.requests),
        value: |it| Some(float(it.requests)),
    },
    Measure {
        name: "recovery",
        title: "Time until 99 % hold a token again",
        cell: Outcome::recovery,
        value: |it| it.recovered_after.map(|seconds| float(u64::try_from(seconds).unwrap_or(u64::MAX))),
    },
    Measure {
        name: "without",
        title: "Seconds without a token, per service",
        cell: |it, _| format!("{:.1}", it.measures.seconds_without),
        value: |it| Some(it.seconds_without),
    },
];

/// Returns the document.
pub(crate) fn text(fleets: &Fleets) -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\nSingle devices, and the columns that both have: [report](README.md).\n\n## Designs\n\n");
    for it in DESIGNS {
        let _ = writeln!(text, "- **{}**: {}.", it.candidate.name, it.candidate.about);
    }
    text.push_str("\n## Scenarios\n\n");
    for (number, Comparison { scenario, .. }) in (1..).zip(&fleets.small) {
        let Scenario { title, about, .. } = scenario;
        let _ = writeln!(text, "{number}. **{title}**: {about} Limit: {}.", limit(scenario.limit));
    }
    describe_results(&mut text, &fleets.small);
    describe(&mut text, &fleets.small, SERVICES);
    text.push_str(
        "\nOver time, two of them:\n\n![Requests per second while the engine is out](./sharing-engine-outage-requests.svg)\n\n\
         ![Share of services with a token while the token endpoint is out](./sharing-outage-holders.svg)\n",
    );
    if !fleets.large.is_empty() {
        describe(&mut text, &fleets.large, MANY_SERVICES);
    }
    text
}

/// Returns the charts by file name.
pub(crate) fn charts(fleets: &Fleets) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (fleet, services) in [(&fleets.small, SERVICES), (&fleets.large, MANY_SERVICES)] {
        if fleet.is_empty() {
            continue;
        }
        for measure in &MEASURES {
            files.push((chart_name(measure, services), summary_chart(measure, fleet, services).svg()));
        }
    }
    for Comparison { scenario, outcomes } in &fleets.small {
        match scenario.name {
            "engine-outage" if scenario.outage.is_none() => files.push((
                "sharing-engine-outage-requests.svg".to_owned(),
                requests_chart(scenario, outcomes).svg(),
            )),
            "outage" => {
                files
                    .push(("sharing-outage-holders.svg".to_owned(), holders_chart(scenario, outcomes).svg()));
            }
            _ => {}
        }
    }
    files
}

fn describe(text: &mut String, fleet: &[Comparison], services: u32) {
    let machines = services / super::designs::PER_MACHINE;
    let _ =
        write!(text, "\n## {} services on {} machines\n", grouped(services.into()), grouped(machines.into()));
    let designs = fleet.first().map_or(0, |it| it.outcomes.len());
    let names = DESIGNS.iter().take(designs).map(|it| it.candidate.name);
    let head: Vec<_> = ["scenario"].into_iter().chain(names).collect();
    for measure in &MEASURES {
        let mut table = Table::new(&head);
        for (number, it) in (1..).zip(fleet) {
            let cells = it.outcomes.iter().map(|outcome| (measure.cell)(outcome, &it.scenario));
            table.row([format!("{number}. {}", it.scenario.title)].into_iter().chain(cells).collect());
        }
        let Measure { title, .. } = measure;
        let chart = chart_name(measure, services);
        let _ = write!(text, "\n{title}:\n\n{}\n![{title}](./{chart})\n", table.text());
    }
    describe_engine(text, fleet);
}

/// The designs with a store, and what they ask of the engine.
fn describe_engine(text: &mut String, fleet: &[Comparison]) {
    text.push_str(
        "\nThe engine's load, exchanges without a lease, and the different tokens that are held at the end (two: the refresh is under way):\n\n",
    );
    let mut table = Table::new(&[
        "scenario",
        "design",
        "commands",
        "most in 1 s",
        "without a lease",
        "members × budget",
        "tokens at the end",
    ]);
    for (number, it) in (1..).zip(fleet) {
        for outcome in it.outcomes.iter().filter(|it| it.candidate.shares()) {
            let figures = &outcome.measures;
            table.row(vec![
                format!("{number}. {}", it.scenario.title),
                outcome.candidate.name.to_owned(),
                grouped(figures.commands),
                grouped(figures.commands_peak.into()),
                grouped(figures.from_budget),
                grouped(u64::from(figures.devices) * u64::from(BUDGET)),
                figures.tokens_at_end.to_string(),
            ]);
        }
    }
    text.push_str(&table.text());
}

/// The sentences whose figures are those of the tables.
fn describe_results(text: &mut String, fleet: &[Comparison]) {
    let figures = |title: &str, design: &str| {
        let comparison = fleet.iter().find(|it| it.scenario.title == title)?;
        comparison.outcomes.iter().find(|it| it.candidate.name == design).map(|it| &it.measures)
    };
    let requests = |title, design| figures(title, design).map_or(0, |it| it.requests);
    let budget = |title, design| figures(title, design).map_or(0, |it| it.from_budget);
    let peak = |title, design| figures(title, design).map_or(0, |it| it.commands_peak);
    let without =
        |title, design| figures(title, design).map_or(0.0, |figures: &Figures| figures.seconds_without);
    let (both, store, broker, each) = ("broker and store", "store", "broker", "each service");
    let (quiet, short) = ("Quiet days", "Engine out, short tokens");
    let outage = "Ten minutes of outage, short tokens";
    let _ = write!(
        text,
        "\n## Results\n\n\
         - While the engine answers, a fleet makes one exchange in each refresh cycle, whatever its size: {} in three quiet days, where brokers \
         without a store make {} and services on their own {}.\n\
         - A slow limit of the token endpoint delays only those that need many tokens: after power-on a service is without one for {:.1} s on average \
         on its own, {:.1} s with a broker, {:.1} s with a store as well.\n\
         - An outage of the token endpoint while short tokens are due costs a service {:.1} s on its own, {:.1} s with a broker, and {:.1} s with a store, \
         where the shared token lasts beyond it. A shared token ends for all at once: if the outage begins with the refresh and the engine is out as well, \
         all are without one for {:.1} s, which is what it is without a store too ({:.1} s).\n\
         - An outage of the engine takes no token away. With day tokens it passes before any is at its margin: {} exchanges without a lease by {} brokers. \
         With half-hour tokens, all of which end during the outage, there are {} by brokers and {} by services that share through the store themselves.\n\
         - The worst case, {} exchanges for each member in ten minutes, needs a token endpoint that fails as well: {} by brokers, {} by services.\n\
         - An engine that starts later than the fleet is of no help at power-on: each member has one exchange without it ({} and {}). Start the engine first, or let \
         brokers share.\n\
         - Members that need another's token soon ask the engine three times a second at first, and less often the longer the exchange takes. While the token endpoint is out, \
         {} services send up to {} commands a second, {} brokers {}: a broker on each machine keeps the engine's load small.\n\
         - A revoked token is replaced once, but each member learns of it by a 401 of its own; so services without a broker hold the dead one until their next call, \
         which is repeated.\n",
        requests(quiet, both),
        grouped(requests(quiet, broker)),
        grouped(requests(quiet, each)),
        without("Power-on, slow limit", each),
        without("Power-on, slow limit", broker),
        without("Power-on, slow limit", both),
        without(outage, each),
        without(outage, broker),
        without(outage, both),
        without("Engine and token endpoint out", both),
        without("Engine and token endpoint out", broker),
        grouped(budget("Engine out, day tokens", both)),
        SERVICES / super::designs::PER_MACHINE,
        grouped(budget(short, both)),
        grouped(budget(short, store)),
        BUDGET,
        grouped(budget("Engine and token endpoint out", both)),
        grouped(budget("Engine and token endpoint out", store)),
        grouped(budget("Power-on before the engine", both)),
        grouped(budget("Power-on before the engine", store)),
        grouped(SERVICES.into()),
        grouped(peak(outage, store).into()),
        SERVICES / super::designs::PER_MACHINE,
        grouped(peak(outage, both).into()),
    );
}

fn chart_name(measure: &Measure, services: u32) -> String {
    format!("sharing-{services}-{}.svg", measure.name)
}

/// Points for each design, side by side at the number of each scenario.
fn summary_chart(measure: &Measure, fleet: &[Comparison], services: u32) -> Chart<'static> {
    let numbers: Vec<u32> = (1..).take(fleet.len()).collect();
    let designs = fleet.first().map_or(0, |it| it.outcomes.len());
    let lines = (0_u32..).zip(DESIGNS).take(designs).map(|(nth, design)| {
        let points = numbers.iter().zip(fleet).filter_map(|(&number, it)| {
            let outcome = it.outcomes.get(usize::try_from(nth).ok()?)?;
            let is_shown = measure.name != "recovery" || it.scenario.event.is_some();
            let y = (measure.value)(&outcome.measures).filter(|_| is_shown)?;
            Some((f64::from(number) + 0.12 * (f64::from(nth) - 2.0), y))
        });
        Line { name: design.candidate.name, points: points.collect(), drawn: Drawn::Points }
    });
    let lines: Vec<_> = lines.collect();
    let most = lines.iter().flat_map(|line| &line.points).fold(1.0, |most: f64, (_, y)| most.max(*y));
    let across = Axis {
        name: "scenario, by its number in the table".to_owned(),
        ticks: numbers.iter().map(|&number| (f64::from(number), number.to_string())).collect(),
        least: 0.5,
        most: f64::from(numbers.last().copied().unwrap_or(0)) + 0.5,
        logarithmic: false,
    };
    let title = format!("{} services: {}", grouped(services.into()), measure.title);
    Chart { title, across, up: Axis::decades("", most), lines }
}
