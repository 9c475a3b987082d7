//! What a line of the log is stamped with: the time since the start, or, when a test wants to know what things cost, the
//! instructions since then.

use core::cell::Cell;
use core::sync::atomic::{AtomicBool, Ordering};

use critical_section::Mutex;
use embassy_time::Instant;

use crate::time;

/// With `-icount shift=5` an instruction takes 32 ns, and a tick of the timer is 40 ns.
const TICK_NS: u64 = 40;
const INSTRUCTION_NS: u64 = 32;

static COUNTS: AtomicBool = AtomicBool::new(false);
/// Ticks for which the processor was awake until it last slept.
static AWAKE: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));
/// What the timer showed when it last woke.
static WOKEN: Mutex<Cell<u32>> = Mutex::new(Cell::new(u32::MAX));

defmt::timestamp!("{=u64:us}", stamp());

/// From now on instructions are counted.
pub fn count() {
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

/// Sleeps until an interrupt comes, and not at all when tasks ran since [`time::idle`] was last asked.
pub fn sleep() {
    // Masked interrupts wake the processor, and are served when this is over.
    critical_section::with(|section| {
        if time::is_restless(section) {
            return;
        }
        let before = time::ticks();
        let awake = AWAKE.borrow(section);
        awake.set(awake.get() + u64::from(WOKEN.borrow(section).get().wrapping_sub(before)));
        cortex_m::asm::wfi();
        WOKEN.borrow(section).set(time::ticks());
    });
}
