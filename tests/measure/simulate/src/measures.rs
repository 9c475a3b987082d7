//! The counts of a simulation, and the figures derived from them.

use std::collections::BTreeSet;

use crate::{endpoint::Reply, queue::Millis};

/// The counts of one simulation. Requests and holders are counted per second, from the beginning on.
#[derive(Debug)]
pub(crate) struct Measures {
    devices: u32,
    /// Totals below count from this second on.
    from: usize,
    requests: Vec<u32>,
    /// Changes in the number of devices that hold a valid token.
    changes: Vec<i32>,
    pub(crate) limited: u64,
    pub(crate) bad_credentials: u64,
    pub(crate) unavailable: u64,
    pub(crate) calls: u64,
    /// Calls that ended without a token, or with one that the API refused.
    pub(crate) calls_lost: u64,
    /// Answers of status 401 from the API.
    pub(crate) unauthorized: u64,
    /// Requests before the time that `Retry-After` named.
    pub(crate) too_early: u64,
    /// Requests that a member of a fleet made without a lease.
    pub(crate) from_budget: u64,
    /// Tokens that a client would have supplied past their end, from the beginning on.
    pub(crate) outlived: u64,
    /// The different valid tokens at the end.
    pub(crate) tokens_at_end: usize,
    /// Commands to the engine of the shared store, in each second from the beginning on.
    commands: Vec<u32>,
    /// The last granted request, and the least time between two, within the measured span.
    last_grant: Option<Millis>,
    pub(crate) least_gap: Option<Millis>,
    /// The number of all events, from the beginning on.
    pub(crate) events: u64,
}

impl Measures {
    pub(crate) fn new(devices: u32, from: Millis, end: Millis) -> Self {
        let seconds = second(end) + 1;
        Self {
            devices,
            from: second(from),
            requests: vec![0; seconds],
            changes: vec![0; seconds],
            limited: 0,
            bad_credentials: 0,
            unavailable: 0,
            calls: 0,
            calls_lost: 0,
            unauthorized: 0,
            too_early: 0,
            from_budget: 0,
            outlived: 0,
            tokens_at_end: 0,
            commands: vec![0; seconds],
            last_grant: None,
            least_gap: None,
            events: 0,
        }
    }

    pub(crate) fn counts_at(&self, now: Millis) -> bool {
        second(now) >= self.from
    }

    pub(crate) fn requested(&mut self, now: Millis, reply: Reply, too_early: bool) {
        if let Some(requests) = self.requests.get_mut(second(now)) {
            *requests += 1;
        }
        if self.counts_at(now) {
            match reply {
                Reply::Token => {
                    if let Some(last) = self.last_grant.replace(now) {
                        self.least_gap = Some(self.least_gap.unwrap_or(Millis::MAX).min(now - last));
                    }
                }
                Reply::Limited(_) => self.limited += 1,
                Reply::BadCredentials => self.bad_credentials += 1,
                Reply::Unavailable => self.unavailable += 1,
            }
            self.too_early += u64::from(too_early);
        }
    }

    pub(crate) fn requested_from_budget(&mut self, now: Millis) {
        self.from_budget += u64::from(self.counts_at(now));
    }

    pub(crate) fn commanded(&mut self, now: Millis) {
        if let Some(commands) = self.commands.get_mut(second(now)) {
            *commands += 1;
        }
    }

    pub(crate) fn held_at_end(&mut self, tokens: impl Iterator<Item = u32>) {
        self.tokens_at_end = tokens.collect::<BTreeSet<_>>().len();
    }

    /// Records that a device holds a token until `new` instead of until `old`; a past time means none.
    pub(crate) fn holds(&mut self, now: Millis, old: Millis, new: Millis) {
        self.change(now, old, -1);
        self.change(now, new, 1);
    }

    fn change(&mut self, now: Millis, until: Millis, by: i32) {
        if until > now {
            for (at, by) in [(now, by), (until, -by)] {
                if let Some(change) = self.changes.get_mut(second(at)) {
                    *change += by;
                }
            }
        }
    }

    pub(crate) fn devices(&self) -> u32 {
        self.devices
    }

    /// Returns the requests in each second, from the beginning on.
    pub(crate) fn requests(&self) -> &[u32] {
        &self.requests
    }

    /// Returns the number of devices that hold a valid token at the end of each second, from the beginning on.
    pub(crate) fn holders(&self) -> Vec<u32> {
        let sum = |sum: &mut i32, change: &i32| {
            *sum += change;
            Some(u32::try_from(*sum).unwrap_or(0))
        };
        self.changes.iter().scan(0, sum).collect()
    }

    /// Returns the most commands to the engine in one second, and all of them.
    pub(crate) fn commands(&self) -> (u32, u64) {
        let measured = self.commands.get(self.from..).unwrap_or(&[]);
        (measured.iter().copied().max().unwrap_or(0), measured.iter().map(|&it| u64::from(it)).sum())
    }

    pub(crate) fn total(&self) -> u64 {
        self.measured().iter().map(|&requests| u64::from(requests)).sum()
    }

    /// Returns the most requests in one second.
    pub(crate) fn peak(&self) -> u32 {
        self.measured().iter().copied().max().unwrap_or(0)
    }

    /// Returns the seconds after `event` until at least 99 % hold a valid token and continue to do so; `None`: not within the
    /// simulation.
    pub(crate) fn recovered_after(&self, event: Millis) -> Option<usize> {
        let enough = |holders: u32| u64::from(holders) * 100 >= u64::from(self.devices) * 99;
        let holders = self.holders();
        // The last second is not complete: tokens that would end in it do not.
        let seconds = holders.split_last().map_or(&[][..], |(_, seconds)| seconds);
        let recovered = seconds.iter().rposition(|&holders| !enough(holders)).map_or(0, |last| last + 1);
        (recovered < seconds.len()).then(|| recovered.saturating_sub(second(event)))
    }

    /// Returns the least share of devices that hold a valid token, in percent.
    pub(crate) fn least_share(&self) -> f64 {
        let holders = self.holders();
        let least = holders.get(self.from..holders.len() - 1).and_then(|measured| measured.iter().min());
        100.0 * f64::from(*least.unwrap_or(&0)) / f64::from(self.devices)
    }

    /// Returns the seconds without a valid token, per device.
    pub(crate) fn seconds_without(&self) -> f64 {
        let holders = self.holders();
        let measured = holders.get(self.from..holders.len() - 1).unwrap_or(&[]);
        measured.iter().map(|&holders| f64::from(self.devices - holders)).sum::<f64>()
            / f64::from(self.devices)
    }

    fn measured(&self) -> &[u32] {
        self.requests.get(self.from..).unwrap_or(&[])
    }
}

pub(crate) fn second(at: Millis) -> usize {
    usize::try_from(at / 1000).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_and_requests_are_counted_by_the_second() {
        let mut measures = Measures::new(2, 2_000, 10_000);
        measures.requested(0, Reply::Token, false);
        measures.holds(100, 0, 5_100);
        measures.requested(3_000, Reply::Token, false);
        measures.requested(3_999, Reply::Limited(1), true);
        measures.holds(3_100, 5_100, 8_000);
        measures.holds(6_000, 0, 20_000);
        assert_eq!(measures.requests(), [1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(measures.holders(), [1, 1, 1, 1, 1, 1, 2, 2, 1, 1, 1]);
        assert_eq!((measures.total(), measures.peak()), (2, 2));
        assert_eq!((measures.limited, measures.too_early), (1, 1));
        assert_eq!(measures.recovered_after(1_000), None);
        assert!((measures.least_share() - 50.0).abs() < f64::EPSILON);
        assert!((measures.seconds_without() - 3.0).abs() < f64::EPSILON);
    }

    #[test]
    fn recovery_is_the_end_of_the_last_dip() {
        let mut measures = Measures::new(1, 0, 10_000);
        measures.holds(1_000, 0, 3_000);
        measures.holds(4_500, 0, 60_000);
        assert_eq!(measures.recovered_after(2_000), Some(2));
        assert_eq!(measures.recovered_after(8_000), Some(0));
    }
}
