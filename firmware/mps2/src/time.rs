//! The clock on the CMSDK dual timer, whose first timer counts and whose second is the alarm.

use cortex_m::peripheral::NVIC;
use emulated::{Clock, Machine};

use crate::interrupt::Irq;
use crate::{ethernet, uart};

/// The timer that counts, and the one that raises the alarm.
const COUNTER: usize = 0x4000_2000;
const ALARM: usize = 0x4000_2020;

const LOAD: usize = 0x0;
const VALUE: usize = 0x4;
const CONTROL: usize = 0x8;
const CLEAR: usize = 0xc;

const ENABLE: u32 = 1 << 7;
const INTERRUPT: u32 = 1 << 5;
const WIDE: u32 = 1 << 1;
const ONE_SHOT: u32 = 1;

embassy_time_driver::time_driver_impl!(static CLOCK: Clock<Mps2> = Clock::new());

defmt::timestamp!("{=u64:us}", CLOCK.stamp());

/// This board's part of the clock.
#[derive(Debug)]
pub(crate) struct Mps2;

impl Machine for Mps2 {
    /// Both timers count down at 25 MHz.
    const TICKS: u32 = 25;

    fn ticks() -> u32 {
        !read(COUNTER + VALUE)
    }

    fn arm(ticks: u32) {
        write(ALARM + CONTROL, 0);
        write(ALARM + CLEAR, 1);
        write(ALARM + LOAD, ticks);
        write(ALARM + CONTROL, ENABLE | INTERRUPT | WIDE | ONE_SHOT);
    }

    /// Tasks run in an interrupt's handler, and so before anything that asks.
    fn is_idle() -> bool {
        true
    }

    fn sleep() {
        cortex_m::asm::wfi();
    }

    fn frames() -> (u32, u32) {
        ethernet::frames()
    }

    fn send(byte: u8) {
        uart::SECOND.send(byte);
    }
}

/// Starts both timers. To be called once, before any task runs.
///
/// With `skip_idle` the clock skips to the next deadline whenever there is nothing to do before it; with `count_instructions` log lines
/// are stamped with instructions.
pub fn start(skip_idle: bool, count_instructions: bool) {
    write(COUNTER + LOAD, u32::MAX);
    write(COUNTER + CONTROL, ENABLE | WIDE);
    CLOCK.start(skip_idle, count_instructions);
    if skip_idle {
        uart::SECOND.open(Irq::TimeSkip);
    }
    // SAFETY: the handler is in the vector table, and no critical section relies on this interrupt being masked.
    unsafe { NVIC::unmask(Irq::Timer) };
}

/// Returns the clock.
pub(crate) fn clock() -> &'static Clock<Mps2> {
    &CLOCK
}

/// Sleeps or skips time while no task is due: [`Clock::idle`].
pub fn idle() {
    CLOCK.idle();
}

/// Handles the timers' interrupt.
pub(crate) extern "C" fn on_interrupt() {
    write(ALARM + CLEAR, 1);
    CLOCK.on_alarm();
}

fn read(register: usize) -> u32 {
    // SAFETY: all callers pass addresses of registers of the dual timer, which always exist and overlap no Rust object.
    unsafe { (register as *const u32).read_volatile() }
}

fn write(register: usize, value: u32) {
    // SAFETY: as in `read`; and the device has no access to memory.
    unsafe { (register as *mut u32).write_volatile(value) }
}
