//! The result of a simulation: the figures of its row and the lines of its charts.

use genesys_token_core::lifecycle::Policy;

use crate::{
    candidates::Candidate,
    client::{BUDGET, WAIT},
    measures::{Measures, second},
    scenario::Scenario,
    table::{float, grouped, per},
};

/// Points of a line over time.
const COLUMNS: usize = 300;

#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) candidate: &'static Candidate,
    pub(crate) measures: Figures,
    /// The most requests in one second, by column.
    pub(crate) requests: Vec<f64>,
    /// The least share of holders in percent, by column.
    pub(crate) holders: Vec<f64>,
}

/// The columns of the table describe the fields.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) devices: u32,
    pub(crate) requests: u64,
    pub(crate) peak: u32,
    pub(crate) limited: u64,
    pub(crate) bad_credentials: u64,
    pub(crate) unavailable: u64,
    /// `None`: never; without an event it has no meaning.
    pub(crate) recovered_after: Option<usize>,
    pub(crate) least_share: f64,
    pub(crate) seconds_without: f64,
    pub(crate) unauthorized: u64,
    pub(crate) calls: u64,
    pub(crate) calls_lost: u64,
    pub(crate) too_early: u64,
    pub(crate) from_budget: u64,
    pub(crate) outlived: u64,
    pub(crate) tokens_at_end: usize,
    pub(crate) commands_peak: u32,
    pub(crate) commands: u64,
    /// In milliseconds.
    pub(crate) least_gap: Option<u64>,
    pub(crate) events: u64,
}

/// The headings of [`Outcome::row`].
pub(crate) const HEAD: &[&str] = &[
    "who",
    "requests per device",
    "most in 1 s",
    "refused: limit",
    "refused: secret",
    "503",
    "99 % hold again after",
    "least share holding",
    "s without, per device",
    "401 per device",
    "calls lost",
    "before Retry-After",
];

impl Outcome {
    pub(crate) fn new(candidate: &'static Candidate, scenario: &Scenario, measures: &Measures) -> Self {
        let devices = measures.devices();
        let (from, to) = (second(scenario.measured_from), second(scenario.plotted_until));
        let requests = measures.requests().get(from..to).unwrap_or(&[]);
        let holders = measures.holders();
        let holders = holders.get(from..to).unwrap_or(&[]);
        let column = (to - from).div_ceil(COLUMNS).max(1);
        let most = |seconds: &[u32]| f64::from(seconds.iter().copied().max().unwrap_or(0));
        let least = |seconds: &[u32]| {
            100.0 * f64::from(seconds.iter().copied().min().unwrap_or(0)) / f64::from(devices)
        };
        Self {
            candidate,
            requests: requests.chunks(column).map(most).collect(),
            holders: holders.chunks(column).map(least).collect(),
            measures: Figures {
                devices,
                requests: measures.total(),
                peak: measures.peak(),
                limited: measures.limited,
                bad_credentials: measures.bad_credentials,
                unavailable: measures.unavailable,
                recovered_after: scenario.event.and_then(|event| measures.recovered_after(event)),
                least_share: measures.least_share(),
                seconds_without: measures.seconds_without(),
                unauthorized: measures.unauthorized,
                calls: measures.calls,
                calls_lost: measures.calls_lost,
                too_early: measures.too_early,
                from_budget: measures.from_budget,
                outlived: measures.outlived,
                tokens_at_end: measures.tokens_at_end,
                commands_peak: measures.commands().0,
                commands: measures.commands().1,
                least_gap: measures.least_gap,
                events: measures.events,
            },
        }
    }

    pub(crate) fn row(&self, scenario: &Scenario) -> Vec<String> {
        let it = &self.measures;
        let if_caching = |text: String| if self.candidate.caches() { text } else { "–".to_owned() };
        vec![
            self.candidate.name.to_owned(),
            per(it.devices, it.requests),
            grouped(it.peak.into()),
            per(it.devices, it.limited),
            per(it.devices, it.bad_credentials),
            per(it.devices, it.unavailable),
            if_caching(self.recovery(scenario)),
            if_caching(format!("{:.1} %", it.least_share)),
            if_caching(format!("{:.1}", it.seconds_without)),
            per(it.devices, it.unauthorized),
            format!("{:.3} %", 100.0 * float(it.calls_lost) / float(it.calls.max(1))),
            if scenario.has_good_clocks() { grouped(it.too_early) } else { "–".to_owned() },
        ]
    }

    pub(crate) fn recovery(&self, scenario: &Scenario) -> String {
        match (scenario.event, self.measures.recovered_after) {
            (None, _) => "–".to_owned(),
            (Some(_), Some(seconds)) => format!("{} s", grouped(u64::try_from(seconds).unwrap_or(u64::MAX))),
            (Some(event), None) => format!("> {} s", grouped((scenario.end - event) / 1000)),
        }
    }

    /// Returns the guarantees of the manager that this simulation shows to be violated.
    pub(crate) fn broken_promise(&self, scenario: &Scenario) -> Option<String> {
        if !self.candidate.is_manager() || !scenario.has_good_clocks() {
            return None;
        }
        let it = &self.measures;
        let broken = if it.too_early > 0 {
            "asked before the time of Retry-After"
        } else if it.outlived > 0 || it.unauthorized > 0 && scenario.killed_at.is_none() {
            "served a token past its end"
        } else if it.from_budget > u64::from(it.devices) * u64::from(BUDGET) {
            "made more exchanges without the store than members times budget"
        } else if self.candidate.shares() && it.tokens_at_end > 2 {
            "did not share one token at the end, or the last one and its successor"
        } else if self.candidate.shares() && it.least_gap.is_some_and(|gap| gap < least_cycle(scenario)) {
            "made a second exchange within a refresh cycle"
        } else {
            return None;
        };
        Some(format!("{}, {}: {broken}", scenario.title, self.candidate.name))
    }
}

/// Returns the least time between two tokens of a fleet that shares them while the store answers: a refresh is due a tenth of the lifetime
/// and the margin before the end, and a member that waited for another's token takes that for older by up to its wait.
fn least_cycle(scenario: &Scenario) -> u64 {
    if !scenario.engine_faults.is_empty() || scenario.killed_at.is_some() {
        return 0;
    }
    let lifetime = scenario.lifetime.as_millis();
    let margin = Policy::DEFAULT.refresh_margin.as_millis().min(lifetime / 4);
    lifetime - lifetime / 10 - margin - WAIT.as_millis()
}

/// Returns the seconds per column of a line over time.
pub(crate) fn column_seconds(scenario: &Scenario) -> usize {
    (second(scenario.plotted_until) - second(scenario.measured_from)).div_ceil(COLUMNS).max(1)
}
