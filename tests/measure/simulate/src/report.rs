//! The document and its charts, as texts by file name.

use std::fmt::Write as _;

use crate::{
    candidates::CANDIDATES,
    chart::{Axis, Chart, Drawn, Line},
    endpoint::Limit,
    measures::second,
    outcome::{HEAD, Outcome, column_seconds},
    runs::{Comparison, Comparisons, Timed},
    scenario::{HOUR, MINUTE, PAUSES, SECOND, SPANS, Scenario},
    table::{Table, float, grouped, per},
};

const INTRODUCTION: &str = include_str!("introduction.md");

/// Returns the text for the terminal, and the text of the document.
pub(crate) fn text(comparisons: &Comparisons, growth: &[Timed]) -> String {
    let mut text = INTRODUCTION.to_owned();
    let devices = comparisons.later.first().map_or(0, |it| it.scenario.devices);
    let _ = write!(text, "\n## Who\n\nFleets of {} devices each:\n\n", grouped(devices.into()));
    for it in CANDIDATES {
        let _ = writeln!(text, "- **{}**: {}.", it.name, it.about);
    }
    describe_cold_starts(&mut text, &comparisons.cold_starts);
    describe_pauses(&mut text, &comparisons.paused);
    for comparison in &comparisons.later {
        describe(&mut text, comparison);
    }
    describe_growth(&mut text, growth);
    text
}

/// Returns all files of the document's folder.
pub(crate) fn files(comparisons: &Comparisons, growth: &[Timed]) -> Vec<(String, String)> {
    let mut files = vec![("README.md".to_owned(), text(comparisons, growth))];
    for comparison in shown(&comparisons.cold_starts).into_iter().chain(&comparisons.later) {
        let name = comparison.scenario.name;
        files.push((
            format!("{name}-requests.svg"),
            requests_chart(&comparison.scenario, &comparison.outcomes).svg(),
        ));
        files.push((
            format!("{name}-holders.svg"),
            holders_chart(&comparison.scenario, &comparison.outcomes).svg(),
        ));
    }
    let untold = comparisons.cold_starts.iter().filter(|it| matches!(it.scenario.limit, Limit::PerSecond(_)));
    let untold: Vec<_> = untold.collect();
    let recovery = |it: &Outcome| {
        it.measures.recovered_after.map(|seconds| float(u64::try_from(seconds).unwrap_or(u64::MAX)))
    };
    let refused = |it: &Outcome| Some(float(it.measures.limited) / f64::from(it.measures.devices));
    files.push((
        "limits-recovery.svg".to_owned(),
        sweep_chart(&untold, "Cold start: seconds until 99 % hold a token", recovery).svg(),
    ));
    files.push((
        "limits-refusals.svg".to_owned(),
        sweep_chart(&untold, "Cold start: requests refused by the limit, per device", refused).svg(),
    ));
    files
}

fn describe_cold_starts(text: &mut String, comparisons: &[Comparison]) {
    let Some(shown) = shown(comparisons) else {
        return;
    };
    describe(text, shown);
    text.push_str(
        "\nThe same with other limits. First the time until 99 % hold a token, then the requests to the token endpoint per device \
         within the two hours:\n\n",
    );
    let names = CANDIDATES.iter().map(|it| it.name);
    let head: Vec<_> = ["limit"].into_iter().chain(names).collect();
    let (mut times, mut requests) = (Table::new(&head), Table::new(&head));
    for it in comparisons {
        let row = |cell: &dyn Fn(&Outcome) -> String| {
            [limit(it.scenario.limit)].into_iter().chain(it.outcomes.iter().map(cell)).collect()
        };
        times.row(row(&|outcome| {
            if outcome.candidate.caches() { outcome.recovery(&it.scenario) } else { "–".to_owned() }
        }));
        requests.row(row(&|outcome| per(outcome.measures.devices, outcome.measures.requests)));
    }
    let _ = write!(text, "{}\n{}", times.text(), requests.text());
    text.push_str(
        "\n![Time until 99 % hold a token, by limit](limits-recovery.svg)\n\
         \n![Refusals per device, by limit](limits-refusals.svg)\n",
    );
}

fn describe_pauses(text: &mut String, starts: &[Timed]) {
    text.push_str(
        "\n### A pause at the start\n\nThe `TokenManager` asks at once when it is new: one that starts alone has no reason to wait. A fleet that is \
         known to start together can let each device pause at random before it starts:\n\n",
    );
    let mut table = Table::new(&[
        "pause up to",
        "limit",
        "requests per device",
        "most in 1 s",
        "refused: limit",
        "99 % hold a token after",
        "s without, per device",
    ]);
    let pauses = PAUSES.iter().flat_map(|pause| [pause, pause]);
    for (seconds, Timed { scenario, outcome, .. }) in pauses.zip(starts) {
        let it = &outcome.measures;
        table.row(vec![
            format!("{seconds} s"),
            limit(scenario.limit),
            per(it.devices, it.requests),
            grouped(it.peak.into()),
            per(it.devices, it.limited),
            outcome.recovery(scenario),
            format!("{:.1}", it.seconds_without),
        ]);
    }
    text.push_str(&table.text());
    text.push_str("\nA pause that is no longer than the limit needs anyway takes the peak away and costs next to no time.\n");
}

fn describe(text: &mut String, Comparison { scenario, outcomes }: &Comparison) {
    let Scenario { name, title, about, .. } = scenario;
    let _ = write!(text, "\n## {title}\n\n{about} Limit: {}.\n\n", limit(scenario.limit));
    let mut table = Table::new(HEAD);
    for outcome in outcomes {
        table.row(outcome.row(scenario));
    }
    let _ = write!(
        text,
        "{}\n![Requests per second](./{name}-requests.svg)\n\n![Share of devices that hold a valid token](./{name}-holders.svg)\n",
        table.text()
    );
}

fn describe_growth(text: &mut String, growth: &[Timed]) {
    let Some(first) = growth.first() else {
        return;
    };
    let _ = write!(
        text,
        "\n## {}\n\n{} The limit grows with the fleet: every device could have its token within 100 s. \
         The command prints the wall time as well. What else happens to a million devices is in [million.md](million.md); services that share tokens \
         through a broker or a store are in [sharing.md](sharing.md).\n\n",
        first.scenario.title, first.scenario.about
    );
    let mut table = Table::new(&[
        "devices",
        "limit",
        "events",
        "events per device",
        "requests per device",
        "99 % hold a token after",
    ]);
    for Timed { scenario, outcome, .. } in growth {
        let it = &outcome.measures;
        table.row(vec![
            grouped(it.devices.into()),
            limit(scenario.limit),
            grouped(it.events),
            per(it.devices, it.events),
            per(it.devices, it.requests),
            outcome.recovery(scenario),
        ]);
    }
    text.push_str(&table.text());
}

/// The file of [`million`].
pub(crate) const MILLION: &str = "million.md";

/// Returns the section about a very large fleet.
pub(crate) fn million(huge: &[Timed]) -> String {
    let mut text = "# A million devices\n\nWritten by `cargo xtask simulate`; `cargo xtask simulate --check --million` compares it. \
                    The scenarios are those of the [report](README.md), with the `TokenManager` alone and without API calls, except \
                    where all tokens are revoked: there each device calls once a minute. \
                    (So with bad clocks no 401 tells a device here that its token has died sooner than its clock says.)\n\n"
        .to_owned();
    let mut table = Table::new(&[
        "scenario",
        "devices",
        "limit",
        "events per device",
        "requests per device",
        "most in 1 s",
        "99 % hold again after",
        "least share holding",
        "s without, per device",
    ]);
    for Timed { scenario, outcome, .. } in huge {
        let it = &outcome.measures;
        table.row(vec![
            scenario.title.to_owned(),
            grouped(it.devices.into()),
            limit(scenario.limit),
            per(it.devices, it.events),
            per(it.devices, it.requests),
            grouped(it.peak.into()),
            outcome.recovery(scenario),
            format!("{:.1} %", it.least_share),
            format!("{:.1}", it.seconds_without),
        ]);
    }
    text.push_str(&table.text());
    text
}

/// Run times: for the terminal only, because they differ in every run.
pub(crate) fn times<'a>(timed: impl IntoIterator<Item = &'a Timed>) -> String {
    let mut table = Table::new(&["scenario", "devices", "events", "wall time", "per event"]);
    for it in timed {
        let events = it.outcome.measures.events;
        table.row(vec![
            it.scenario.title.to_owned(),
            grouped(it.scenario.devices.into()),
            grouped(events),
            format!("{:.2} s", it.took.as_secs_f64()),
            format!("{:.0} ns", it.took.as_secs_f64() * 1e9 / float(events.max(1))),
        ]);
    }
    table.text()
}

/// Returns the cold start that has charts of its own: the one with the second limit per minute.
fn shown(cold_starts: &[Comparison]) -> Option<&Comparison> {
    cold_starts.iter().filter(|it| matches!(it.scenario.limit, Limit::PerMinute(_))).nth(1)
}

pub(crate) fn limit(limit: Limit) -> String {
    match limit {
        Limit::PerMinute(most) => format!("{} per min, with Retry-After", grouped(most)),
        Limit::PerSecond(most) => format!("{} per s, without", grouped(most)),
    }
}

pub(crate) fn requests_chart<'a>(scenario: &Scenario, outcomes: &'a [Outcome]) -> Chart<'a> {
    let lines: Vec<_> = outcomes.iter().map(|it| line(scenario, it, &it.requests)).collect();
    let most = lines.iter().flat_map(|line| &line.points).fold(1.0, |most: f64, (_, y)| most.max(*y));
    let name = match column_seconds(scenario) {
        1 => "requests per second".to_owned(),
        seconds => format!("requests per second, the most in each {seconds} s"),
    };
    Chart {
        title: format!("{}: requests to the token endpoint", scenario.title),
        across: time_axis(scenario),
        up: Axis::decades(&name, most),
        lines,
    }
}

pub(crate) fn holders_chart<'a>(scenario: &Scenario, outcomes: &'a [Outcome]) -> Chart<'a> {
    let caching = outcomes.iter().filter(|it| it.candidate.caches());
    Chart {
        title: format!("{}: devices that hold a valid token", scenario.title),
        across: time_axis(scenario),
        up: Axis::even("percent of the fleet", 100.0, 20.0, 1.0),
        lines: caching.map(|it| line(scenario, it, &it.holders)).collect(),
    }
}

fn line<'a>(scenario: &Scenario, outcome: &'a Outcome, columns: &[f64]) -> Line<'a> {
    let width = float(u64::try_from(column_seconds(scenario)).unwrap_or(1));
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (column, &y) in (0_u32..).zip(columns) {
        let x = f64::from(column) * width;
        // A horizontal line needs only its ends.
        if let [.., (_, before), last] = points.as_mut_slice()
            && before.to_bits() == y.to_bits()
            && last.1.to_bits() == y.to_bits()
        {
            last.0 = x;
        } else {
            points.push((x, y));
        }
    }
    Line { name: outcome.candidate.name, points, drawn: Drawn::Line }
}

/// Time since the beginning of the measured span.
fn time_axis(scenario: &Scenario) -> Axis {
    let span = scenario.plotted_until - scenario.measured_from;
    let (step, unit, name) = match span {
        0..=600_000 => (MINUTE, SECOND, "seconds"),
        600_001..=7_200_000 => (5 * MINUTE, MINUTE, "minutes"),
        7_200_001..=21_600_000 => (30 * MINUTE, MINUTE, "minutes"),
        _ => (12 * HOUR, HOUR, "hours"),
    };
    let seconds = |span| float(u64::try_from(second(span)).unwrap_or(0));
    Axis::even(name, seconds(span), seconds(step), seconds(unit))
}

fn sweep_chart<'a>(
    comparisons: &[&'a Comparison],
    title: &str,
    value: impl Fn(&Outcome) -> Option<f64>,
) -> Chart<'a> {
    let spans = SPANS.iter().map(|&span| float(span));
    let lines = (0..CANDIDATES.len()).filter_map(|nth| {
        let outcomes = || comparisons.iter().filter_map(move |it| it.outcomes.get(nth));
        let points =
            spans.clone().zip(outcomes()).filter_map(|(span, it)| Some((span, value(it)?))).collect();
        outcomes().next().map(|it| Line { name: it.candidate.name, points, drawn: Drawn::Joined })
    });
    let lines: Vec<_> = lines.filter(|line: &Line<'_>| !line.points.is_empty()).collect();
    let most = lines.iter().flat_map(|line| &line.points).fold(1.0, |most: f64, (_, y)| most.max(*y));
    let ticks = SPANS.iter().map(|&span| (float(span), grouped(span))).collect();
    let across = Axis {
        name:
            "limit: seconds in which it lets the whole fleet have a token (per second, without Retry-After)"
                .to_owned(),
        ticks,
        least: 5.0,
        most: 10_000.0,
        logarithmic: true,
    };
    Chart { title: title.to_owned(), across, up: Axis::decades("", most), lines }
}
