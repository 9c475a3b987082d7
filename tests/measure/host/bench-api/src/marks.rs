//! What is to be achieved, as ratios within one run.

use crate::load::CALLERS;
use crate::run::Reading;

/// Most processor time, as a part of reqwest's.
const CPU_MAX: f64 = 0.8;
/// Calls per second and p99 are those of the same server with the same pauses, so they are equal if nothing is wrong: the difference
/// that a busy machine makes between two medians is allowed for.
const VARIATION: f64 = 0.03;
/// Most memory of a waiting caller, in bytes.
const WAITING_MAX: u64 = 2048;

/// Returns the marks that `ours` misses.
pub(crate) fn of_load(what: &str, ours: &Reading, reqwest: &Reading) -> Vec<String> {
    let marks = [
        (ours.connections <= CALLERS, format!("{} connections for {CALLERS} callers", ours.connections)),
        (
            ours.calls_per_second >= reqwest.calls_per_second * (1.0 - VARIATION),
            format!(
                "{:.2} times reqwest's calls per second",
                ours.calls_per_second / reqwest.calls_per_second
            ),
        ),
        (
            ours.cpu_per_call_us <= reqwest.cpu_per_call_us * CPU_MAX,
            format!("{:.2} times reqwest's CPU", ours.cpu_per_call_us / reqwest.cpu_per_call_us),
        ),
        (
            ours.p99_ms <= reqwest.p99_ms * (1.0 + VARIATION),
            format!("{:.2} times reqwest's p99", ours.p99_ms / reqwest.p99_ms),
        ),
    ];
    marks.into_iter().filter(|(met, _)| !met).map(|(_, missed)| format!("{what}: {missed}")).collect()
}

/// Returns the mark, if it is missed.
pub(crate) fn of_waiting(what: &str, bytes: u64) -> Option<String> {
    (bytes > WAITING_MAX).then(|| format!("a caller that waits for {what} takes {bytes} bytes"))
}
