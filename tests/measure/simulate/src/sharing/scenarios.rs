//! The scenarios in which the designs are compared: those of single devices, and faults of the engine.

use crate::{
    endpoint::Outage,
    engine::{Fault, FaultKind},
    queue::Millis,
    scenario::{
        self, DAY, HALF_HOUR_TOKEN, HOUR, MINUTE, Rotation, SECOND, Scenario, per_minute, per_second,
    },
};

/// A tenth of the lifetime and the margin before the end of the first day tokens, rounded down: from then on their refresh is due.
const DAY_REFRESH: Millis = 21 * HOUR + 30 * MINUTE;
/// The same of the first tokens of half an hour: 8 min before their end.
const HALF_HOUR_REFRESH: Millis = 22 * MINUTE;

/// Returns all scenarios for this many services.
pub(crate) fn all(services: u32) -> Vec<Scenario> {
    vec![
        power_on(services),
        rate_limited(services),
        engine_later(services),
        quiet_days(services),
        scenario::outage(services),
        scenario::outage_when_due(services),
        rotation(services),
        scenario::kill(services),
        engine_outage(services),
        engine_outage_when_due(services),
        engine_restart(services),
        engine_pause(services),
        both_out(services),
    ]
}

/// Returns those of a large fleet, without calls. Left out are the revocation, which only calls show, and those that take most of the time
/// and show nothing else in a large fleet.
pub(crate) fn large(services: u32) -> Vec<Scenario> {
    let list = [
        power_on(services),
        engine_later(services),
        quiet_days(services),
        scenario::outage_when_due(services),
        rotation(services),
        engine_outage(services),
        engine_outage_when_due(services),
        engine_restart(services),
    ];
    list.into_iter().map(|scenario| Scenario { calls_every: None, ..scenario }).collect()
}

fn power_on(services: u32) -> Scenario {
    Scenario {
        title: "Power-on",
        about: "Every service starts within 2 s. Day tokens, two hours, an API call every 5 min.",
        ..scenario::cold_start(services, per_minute(services, 100))
    }
}

fn rate_limited(services: u32) -> Scenario {
    Scenario {
        title: "Power-on, slow limit",
        about: "As the first, with a limit by which the whole fleet needs 1,000 s.",
        ..scenario::cold_start(services, per_second(services, 1000))
    }
}

fn engine_later(services: u32) -> Scenario {
    Scenario {
        title: "Power-on before the engine",
        about: "As the first, with an engine that answers only from 30 s on. Two days, a call every 15 min.",
        engine_faults: vec![Fault { kind: FaultKind::Down, from: 0, to: 30 * SECOND }],
        calls_every: Some(15 * MINUTE),
        end: 2 * DAY,
        ..power_on(services)
    }
}

fn quiet_days(services: u32) -> Scenario {
    Scenario {
        title: "Quiet days",
        about: "From 18 h after power-on, for three days: nothing happens any more. Day tokens, a call every 15 min.",
        measured_from: 18 * HOUR,
        end: 3 * DAY + 18 * HOUR,
        ..scenario::next_days(services)
    }
}

/// Earlier than for devices that share nothing, so that a refresh of the shared token falls into it.
fn rotation(services: u32) -> Scenario {
    let rotation = Rotation { at: 3 * HOUR, rollout: HOUR };
    Scenario {
        rotation: Some(rotation),
        event: Some(rotation.at + rotation.rollout),
        measured_from: rotation.at,
        end: rotation.at + 4 * HOUR,
        ..scenario::rotation(services)
    }
}

fn engine_outage(services: u32) -> Scenario {
    Scenario {
        title: "Engine out, day tokens",
        about: "The engine refuses connections for 10 min, an hour after the refresh of day tokens began.",
        ..during_refresh(services, FaultKind::Down, 10 * MINUTE)
    }
}

fn engine_restart(services: u32) -> Scenario {
    Scenario {
        title: "Engine restarted",
        about: "An hour after the refresh of day tokens began, the engine restarts without persistence, in a second.",
        ..during_refresh(services, FaultKind::LosesData, SECOND)
    }
}

fn engine_pause(services: u32) -> Scenario {
    Scenario {
        title: "Engine paused",
        about: "An hour after the refresh of day tokens began, the engine answers nothing for 10 min, and then executes all that was sent to it.",
        ..during_refresh(services, FaultKind::Paused, 10 * MINUTE)
    }
}

fn during_refresh(services: u32, kind: FaultKind, span: Millis) -> Scenario {
    let from = DAY_REFRESH + HOUR;
    let fault = Fault { kind, from, to: from + span };
    Scenario {
        engine_faults: vec![fault],
        calls_every: Some(15 * MINUTE),
        event: Some(fault.to),
        measured_from: DAY_REFRESH,
        plotted_until: DAY_REFRESH + 4 * HOUR,
        end: 2 * DAY,
        ..power_on(services)
    }
}

fn engine_outage_when_due(services: u32) -> Scenario {
    let fault = Fault { kind: FaultKind::Down, from: HALF_HOUR_REFRESH, to: HALF_HOUR_REFRESH + 10 * MINUTE };
    Scenario {
        name: "engine-outage",
        title: "Engine out, short tokens",
        about: "The engine refuses connections for 10 min, from the first refresh of half-hour tokens to after their end.",
        lifetime: HALF_HOUR_TOKEN,
        engine_faults: vec![fault],
        event: Some(fault.to),
        measured_from: fault.from,
        plotted_until: fault.from + HOUR,
        end: fault.to + 2 * HOUR,
        ..power_on(services)
    }
}

fn both_out(services: u32) -> Scenario {
    let outage = Outage { from: HALF_HOUR_REFRESH, to: HALF_HOUR_REFRESH + 10 * MINUTE };
    Scenario {
        title: "Engine and token endpoint out",
        about: "The engine refuses connections as with short tokens, and the token endpoint answers 503 for the same 10 min.",
        outage: Some(outage),
        ..engine_outage_when_due(services)
    }
}
