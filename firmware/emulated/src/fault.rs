//! Panics and processor faults that a test requests.

use crate::host::TestMode;

/// Provokes the panic or fault that a test requests. Not inlined, because the test looks for its name in the panic report.
///
/// # Panics
///
/// In [`TestMode::Panic`].
#[inline(never)]
pub fn provoke(mode: TestMode) {
    match mode {
        TestMode::Panic => panic!("requested by the test"),
        TestMode::StackOverflow => drop(recurse(0)),
        _ => {}
    }
}

/// Uses more stack with every call.
#[inline(never)]
#[allow(unconditional_recursion, reason = "it ends when the stack overflows")]
fn recurse(step: usize) -> usize {
    let frame = core::hint::black_box([step; 64]);
    recurse(step + 1) + frame.iter().sum::<usize>()
}
