//! The verdict on each mark of a benchmark, and whether other processes disturbed a run.

mod machine;
mod marks;

pub use machine::{Machine, of_ended_children};
pub use marks::Marks;

/// How many runs are tried at most, as a multiple of the undisturbed ones that were asked for.
pub const TRIES: usize = 4;

/// Returns the median. There is at least one value.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
