//! The processor time of the machine, and the part that other processes use.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

/// The most processor time of other processes during a run, in cores; a run with more says nothing about times.
const FOREIGN_MAX: f64 = 0.15;

/// Returns the processor time of this process and its children that have ended.
pub fn of_ended_children() -> io::Result<Duration> {
    // Fields 14 to 17 of proc(5): user and system time, of this process and of children that were waited for, in hundredths of a second.
    let text = fs::read_to_string("/proc/self/stat")?;
    let after_name = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = after_name.split(' ').skip(11).take(4).filter_map(|field| field.parse::<u64>().ok());
    Ok(Duration::from_millis(ticks.sum::<u64>() * 10))
}

/// The processor time of all processes up to a moment.
pub struct Machine {
    busy: Duration,
    known: Duration,
    at: Instant,
}

impl Machine {
    /// Returns the processor time up to now. `known`: that of the measured processes.
    pub fn now(known: Duration) -> io::Result<Self> {
        let text = fs::read_to_string("/proc/stat")?;
        let line = text.lines().next().unwrap_or_default();
        // user, nice, system, idle, iowait, irq, softirq, in hundredths of a second.
        let ticks: Vec<u64> =
            line.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
        let busy: u64 = [0, 1, 2, 5, 6].iter().filter_map(|index| ticks.get(*index)).sum();
        Ok(Self { busy: Duration::from_millis(busy * 10), known, at: Instant::now() })
    }

    /// Returns the average number of cores that other processes have used since then. `known`: as in [`now`](Self::now).
    pub fn foreign_until(&self, known: Duration) -> io::Result<f64> {
        let now = Self::now(known)?;
        let foreign = (now.busy - self.busy).saturating_sub(known - self.known);
        Ok(foreign.as_secs_f64() / (now.at - self.at).as_secs_f64())
    }

    /// Returns whether other processes have hardly used the machine since then. `known`: as in [`now`](Self::now).
    ///
    /// # Errors
    /// The machine's processor time cannot be read.
    pub fn is_undisturbed_until(&self, known: Duration) -> io::Result<bool> {
        Ok(self.foreign_until(known)? <= FOREIGN_MAX)
    }
}
