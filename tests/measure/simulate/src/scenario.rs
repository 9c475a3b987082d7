//! The scenarios: the events of a fleet.

use genesys_token_core::time::Duration;

use crate::{
    clock::Clocks,
    endpoint::{Limit, Outage},
    engine::Fault,
    queue::Millis,
};

pub(crate) const SECOND: Millis = 1_000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;
pub(crate) const DAY: Millis = 24 * HOUR;
/// The service's tokens have a lifetime of one second less than configured.
pub(crate) const DAY_TOKEN: Duration = Duration::from_secs(86_399);
const TWO_HOUR_TOKEN: Duration = Duration::from_secs(7_199);
pub(crate) const HALF_HOUR_TOKEN: Duration = Duration::from_secs(1_799);
/// The spread of the start times of machines after a power cut, at least.
const POWER_CUT: Millis = 2 * SECOND;
const SEED: u64 = 20_260_101;

/// The old secret is refused from `at` on; the new one reaches each device within `rollout` after that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    pub(crate) at: Millis,
    pub(crate) rollout: Millis,
}

#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// The prefix of its files.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) devices: u32,
    pub(crate) lifetime: Duration,
    pub(crate) limit: Limit,
    /// Devices start within this time, uniformly distributed.
    pub(crate) start_spread: Millis,
    /// The interval at which each device calls the API; `None`: no calls, because they would change nothing.
    pub(crate) calls_every: Option<Millis>,
    pub(crate) clocks: Clocks,
    pub(crate) outage: Option<Outage>,
    /// Of the engine of the shared store.
    pub(crate) engine_faults: Vec<Fault>,
    pub(crate) rotation: Option<Rotation>,
    pub(crate) killed_at: Option<Millis>,
    /// The time of the event to recover from, or of its end; `None`: there is no such event.
    pub(crate) event: Option<Millis>,
    /// The time from which totals count; charts begin here.
    pub(crate) measured_from: Millis,
    pub(crate) plotted_until: Millis,
    pub(crate) end: Millis,
    pub(crate) seed: u64,
}

impl Scenario {
    pub(crate) fn has_good_clocks(&self) -> bool {
        self.clocks == Clocks::Good
    }

    pub(crate) fn new(name: &'static str, title: &'static str, about: &'static str, devices: u32) -> Self {
        Self {
            name,
            title,
            about,
            devices,
            lifetime: DAY_TOKEN,
            limit: per_minute(devices, 100),
            start_spread: POWER_CUT,
            calls_every: Some(5 * MINUTE),
            clocks: Clocks::Good,
            outage: None,
            engine_faults: Vec::new(),
            rotation: None,
            killed_at: None,
            event: None,
            measured_from: 0,
            plotted_until: 10 * MINUTE,
            end: 2 * HOUR,
            seed: SEED,
        }
    }
}

/// The limits that are compared: the seconds in which the whole fleet can obtain its tokens.
pub(crate) const SPANS: [u64; 4] = [10, 100, 1000, 5000];

/// The longest pauses before the start that are compared, in seconds.
pub(crate) const PAUSES: [u64; 4] = [0, 30, 100, 300];

/// Returns a limit per minute by which the whole fleet can obtain its tokens in this many seconds.
pub(crate) fn per_minute(devices: u32, seconds: u64) -> Limit {
    Limit::PerMinute((u64::from(devices) * 60 / seconds).max(1))
}

/// Returns a limit per second by which the whole fleet can obtain its tokens in this many seconds.
pub(crate) fn per_second(devices: u32, seconds: u64) -> Limit {
    Limit::PerSecond((u64::from(devices) / seconds).max(1))
}

/// Returns a power cut, with this limit.
pub(crate) fn cold_start(devices: u32, limit: Limit) -> Scenario {
    Scenario {
        limit,
        event: Some(0),
        ..Scenario::new(
            "cold-start",
            "Cold start",
            "Power returns; every device starts within 2 s. Day tokens, two hours, an API call every 5 min.",
            devices,
        )
    }
}

/// Returns a power cut after which each device pauses first, for up to this many seconds.
pub(crate) fn paused_start(devices: u32, seconds: u64, limit: Limit) -> Scenario {
    Scenario { start_spread: POWER_CUT + seconds * SECOND, ..cold_start(devices, limit) }
}

/// Returns a power cut and the two days after it, without calls: it measures the cost of a simulation.
pub(crate) fn growth(devices: u32) -> Scenario {
    Scenario {
        calls_every: None,
        event: Some(0),
        end: 2 * DAY,
        ..Scenario::new(
            "growth",
            "Cost, by the size of the fleet",
            "A power cut and the two days after it, without API calls.",
            devices,
        )
    }
}

/// Returns all scenarios except the cold start, which is run with several limits.
pub(crate) fn later(devices: u32) -> Vec<Scenario> {
    vec![
        next_days(devices),
        outage(devices),
        outage_when_due(devices),
        rotation(devices),
        kill(devices),
        clocks(devices),
    ]
}

/// Returns the scenarios for a very large fleet, without calls where these would change nothing.
pub(crate) fn huge(devices: u32) -> Vec<Scenario> {
    let soon = 15 * MINUTE;
    let kill = Scenario {
        start_spread: 10 * MINUTE,
        killed_at: Some(soon),
        event: Some(soon),
        measured_from: soon,
        plotted_until: 2 * soon,
        end: 2 * soon,
        ..kill(devices)
    };
    let quiet = [
        cold_start(devices, per_minute(devices, 100)),
        cold_start(devices, per_second(devices, 1000)),
        next_days(devices),
        outage(devices),
        outage_when_due(devices),
        rotation(devices),
        clocks(devices),
    ];
    let quiet = quiet.into_iter().map(|scenario| Scenario { calls_every: None, ..scenario });
    quiet.chain([kill]).collect()
}

pub(crate) fn next_days(devices: u32) -> Scenario {
    Scenario {
        calls_every: Some(15 * MINUTE),
        measured_from: 12 * HOUR,
        plotted_until: 3 * DAY + 12 * HOUR,
        end: 3 * DAY + 12 * HOUR,
        ..Scenario::new(
            "next-days",
            "The days after a power cut",
            "From 12 h after a power cut, for three days: nothing happens any more. Day tokens, an API call every 15 min.",
            devices,
        )
    }
}

pub(crate) fn outage(devices: u32) -> Scenario {
    let outage = Outage { from: HOUR, to: HOUR + 10 * MINUTE };
    Scenario {
        lifetime: HALF_HOUR_TOKEN,
        start_spread: 30 * MINUTE,
        calls_every: Some(MINUTE),
        outage: Some(outage),
        event: Some(outage.to),
        measured_from: outage.from,
        plotted_until: outage.from + 30 * MINUTE,
        end: outage.to + HOUR,
        ..Scenario::new(
            "outage",
            "Ten minutes of outage, short tokens",
            "Status 503 for 10 min; half-hour tokens, evenly spread before. An API call every minute.",
            devices,
        )
    }
}

pub(crate) fn outage_when_due(devices: u32) -> Scenario {
    let from = DAY - 400 * SECOND;
    let outage = Outage { from, to: from + 10 * MINUTE };
    Scenario {
        outage: Some(outage),
        event: Some(outage.to),
        measured_from: outage.from,
        plotted_until: outage.from + 30 * MINUTE,
        end: outage.to + 2 * HOUR,
        ..Scenario::new(
            "outage-when-due",
            "Ten minutes of outage when day tokens end",
            "A power cut, and a day later status 503 for 10 min around the end of the tokens issued after it.",
            devices,
        )
    }
}

pub(crate) fn rotation(devices: u32) -> Scenario {
    let rotation = Rotation { at: 4 * HOUR, rollout: HOUR };
    Scenario {
        lifetime: TWO_HOUR_TOKEN,
        start_spread: 2 * HOUR,
        rotation: Some(rotation),
        event: Some(rotation.at + rotation.rollout),
        measured_from: rotation.at,
        plotted_until: rotation.at + 3 * HOUR,
        end: rotation.at + 3 * HOUR,
        ..Scenario::new(
            "rotation",
            "A new client secret",
            "The old secret is refused at once, the new one reaches the devices within an hour. Two-hour tokens.",
            devices,
        )
    }
}

pub(crate) fn kill(devices: u32) -> Scenario {
    Scenario {
        start_spread: HOUR,
        calls_every: Some(MINUTE),
        killed_at: Some(2 * HOUR),
        event: Some(2 * HOUR),
        measured_from: 2 * HOUR,
        plotted_until: 2 * HOUR + 10 * MINUTE,
        end: 4 * HOUR,
        ..Scenario::new(
            "kill",
            "Every token revoked",
            "All tokens die at one moment, and 401 is the only sign of it. Day tokens, an API call every minute.",
            devices,
        )
    }
}

pub(crate) fn clocks(devices: u32) -> Scenario {
    Scenario {
        start_spread: HOUR,
        clocks: Clocks::Bad { jumps_before: 3 * DAY },
        measured_from: 12 * HOUR,
        plotted_until: 3 * DAY + 12 * HOUR,
        end: 3 * DAY + 12 * HOUR,
        ..Scenario::new(
            "clocks",
            "Bad clocks",
            "Every clock up to 0.5 % fast or slow; one in ten jumps ahead, one in ten back, by up to 2 h. Day tokens, three days.",
            devices,
        )
    }
}
