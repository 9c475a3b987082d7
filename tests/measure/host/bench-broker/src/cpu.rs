//! Processor time of processes, and the core that this process may use.

use std::fs;
use std::io;
use std::time::Duration;

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
