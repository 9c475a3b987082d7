//! The log's timestamp: the time since the start or, when a test measures costs, the instructions executed since then.

use core::cell::Cell;
use core::sync::atomic::{AtomicBool, Ordering};

use critical_section::Mutex;
use embassy_time::Instant;

use crate::time;

/// With `-icount shift=5` an instruction takes 32 ns, and a tick of the timer is 40 ns.
const TICK_NS: u64 = 40;
const INSTRUCTION_NS: u64 = 32;

static COUNTS: AtomicBool = AtomicBool::new(false);
/// Ticks during which the processor was awake, until it last slept.
static AWAKE: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));
/// The timer's value when the processor last woke.
static WOKEN: Mutex<Cell<u32>> = Mutex::new(Cell::new(u32::MAX));

defmt::timestamp!("{=u64:us}", stamp());

/// Stamps log lines with instructions from now on.
pub fn count_instructions() {
    COUNTS.store(true, Ordering::Relaxed);
}

fn stamp() -> u64 {
    if !COUNTS.load(Ordering::Relaxed) {
        return Instant::now().as_micros();
    }
    critical_section::with(|section| {
        let since = WOKEN.borrow(section).get().wrapping_sub(time::ticks());
        (AWAKE.borrow(section).get() + u64::from(since)) * TICK_NS / INSTRUCTION_NS
    })
}

/// Sleeps until an interrupt is raised; returns at once when tasks have run since the last call of [`time::on_idle`].
pub fn sleep() {
    // Masked interrupts wake the processor and are handled when the critical section ends.
    critical_section::with(|section| {
        if time::must_stay_awake(section) {
            return;
        }
        let before = time::ticks();
        let awake = AWAKE.borrow(section);
        awake.set(awake.get() + u64::from(WOKEN.borrow(section).get().wrapping_sub(before)));
        cortex_m::asm::wfi();
        WOKEN.borrow(section).set(time::ticks());
    });
}
