//! The verdict on each mark of a benchmark, and whether other processes disturbed a run.

mod machine;
mod marks;

pub use machine::{Machine, of_ended_children};
pub use marks::Marks;

/// Of so many undisturbed runs as were asked for, this many times are tried.
pub const TRIES: usize = 4;

/// Returns the median. There is at least one value.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
