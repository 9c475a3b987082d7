//! Processor time of processes and of the machine, and the core that this process may use.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

/// The core of the server under test; the load generator and the upstream run on the other one.
pub(crate) const SERVER_CORE: usize = 0;
pub(crate) const LOAD_CORE: usize = 1;

/// Confines this process and its future children to one core.
pub(crate) fn pin(core: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(core)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}

/// Returns the processor time that a process and its direct children have used, as the scheduler counts it.
pub(crate) fn of_process(pid: u32) -> io::Result<Duration> {
    let mut total = of_one(pid)?;
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
        total += of_one(child).unwrap_or_default();
    }
    Ok(total)
}

fn of_one(pid: u32) -> io::Result<Duration> {
    let mut total = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        let nanoseconds = text.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0);
        total += Duration::from_nanos(nanoseconds);
    }
    Ok(total)
}

/// Returns the processor time of this process, the sandbox in it, and its children that have ended.
pub(crate) fn of_ended_children() -> io::Result<Duration> {
    // Fields 14 to 17 of proc(5): user and system time, of this process and of children that were waited for, in hundredths of a second.
    let text = fs::read_to_string("/proc/self/stat")?;
    let after_name = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = after_name.split(' ').skip(11).take(4).filter_map(|field| field.parse::<u64>().ok());
    Ok(Duration::from_millis(ticks.sum::<u64>() * 10))
}

/// The processor time of all processes up to a moment.
pub(crate) struct Machine {
    busy: Duration,
    known: Duration,
    at: Instant,
}

impl Machine {
    /// `known`: the processor time of the measured processes up to now.
    pub(crate) fn now(known: Duration) -> io::Result<Self> {
        let text = fs::read_to_string("/proc/stat")?;
        let line = text.lines().next().unwrap_or_default();
        // user, nice, system, idle, iowait, irq, softirq, in hundredths of a second.
        let ticks: Vec<u64> =
            line.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
        let busy: u64 = [0, 1, 2, 5, 6].iter().filter_map(|index| ticks.get(*index)).sum();
        Ok(Self { busy: Duration::from_millis(busy * 10), known, at: Instant::now() })
    }

    /// Returns the average number of cores that other processes have used since then. `known`: as in [`now`](Self::now).
    pub(crate) fn foreign_until(&self, known: Duration) -> io::Result<f64> {
        let now = Self::now(known)?;
        let foreign = (now.busy - self.busy).saturating_sub(known - self.known);
        Ok(foreign.as_secs_f64() / (now.at - self.at).as_secs_f64())
    }
}
