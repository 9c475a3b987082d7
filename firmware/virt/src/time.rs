//! The clock on the processor's timer, which counts at 10 MHz and has one alarm.

use emulated::{Clock, Machine};

use crate::interrupt::Irq;
use crate::registers::TIMER;
use crate::{ethernet, uart, work};

const ALARM_LOW: usize = 0x4000;
const ALARM_HIGH: usize = 0x4004;
const COUNTER_LOW: usize = 0xbff8;
const COUNTER_HIGH: usize = 0xbffc;

embassy_time_driver::time_driver_impl!(static CLOCK: Clock<Virt> = Clock::new());

defmt::timestamp!("{=u64:us}", CLOCK.stamp());

/// This board's part of the clock.
#[derive(Debug)]
pub(crate) struct Virt;

impl Machine for Virt {
    const TICKS: u32 = 10;

    fn ticks() -> u32 {
        TIMER.read(COUNTER_LOW)
    }

    /// The interrupt is pending while the counter is at the alarm or beyond it, so one in the past is not missed.
    fn arm(ticks: u32) {
        let at = counter() + u64::from(ticks);
        let [low, high] = [(at & 0xffff_ffff) as u32, (at >> 32) as u32];
        // Never below the intended value between the writes.
        TIMER.write(ALARM_HIGH, u32::MAX);
        TIMER.write(ALARM_LOW, low);
        TIMER.write(ALARM_HIGH, high);
    }

    fn is_idle() -> bool {
        !work::is_waiting()
    }

    fn sleep() {
        riscv::asm::wfi();
    }

    fn frames() -> (u32, u32) {
        ethernet::frames()
    }

    fn send(byte: u8) {
        uart::SECOND.send(byte);
    }
}

/// Starts the clock. To be called once, before any task runs.
///
/// With `skip_idle` it skips to the next deadline whenever there is nothing to do before it; with `count_instructions` log lines are
/// stamped with instructions.
pub fn start(skip_idle: bool, count_instructions: bool) {
    CLOCK.start(skip_idle, count_instructions);
    if skip_idle {
        uart::attach_second();
        uart::SECOND.open(Irq::Network);
    }
}

/// Returns the clock.
pub(crate) fn clock() -> &'static Clock<Virt> {
    &CLOCK
}

/// Returns the whole counter; its halves are read again if the lower one has wrapped around in between.
fn counter() -> u64 {
    loop {
        let high = TIMER.read(COUNTER_HIGH);
        let low = TIMER.read(COUNTER_LOW);
        if TIMER.read(COUNTER_HIGH) == high {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}
