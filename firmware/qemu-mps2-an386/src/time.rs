//! embassy-time on the CMSDK dual timer, without a tick: the first timer counts, the second is the alarm.

use core::cell::RefCell;
use core::task::Waker;

use cortex_m::peripheral::NVIC;
use critical_section::{CriticalSection, Mutex};
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;

use crate::interrupt::Irq;

/// The timer that counts, and the one that rings.
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

/// Both timers count down with 25 MHz; embassy-time counts up in microseconds.
const TICKS: u32 = 25;
/// The counter must be looked at before it has gone round, which takes 171 s: the alarm rings after 80 s at the latest.
const LONGEST: u64 = 80_000_000;
/// In a hurry: the longest leap. Without any deadline nothing happens at all.
const FOR_EVER: u64 = 86_400_000_000;
/// In a hurry: after so many microseconds without any doing, nobody's answer is on its way any more.
const QUIET: u64 = 100_000;

struct Clock {
    state: Mutex<RefCell<State>>,
}

struct State {
    /// Microseconds since the start, when the counter showed `seen`.
    now: u64,
    seen: u32,
    queue: Queue,
    /// Time in which nothing is to be done is left out.
    hurry: bool,
    /// When a task last did something, or a frame came.
    busy: u64,
}

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock {
    state: Mutex::new(RefCell::new(State {
        now: 0,
        seen: u32::MAX,
        queue: Queue::new(),
        hurry: false,
        busy: 0,
    })),
});

/// Starts both timers. To be called once, before any task runs.
///
/// In a `hurry` the clock leaps to the next deadline whenever there is nothing to do before it, so that days pass in seconds.
pub(crate) fn start(hurry: bool) {
    write(COUNTER + LOAD, u32::MAX);
    write(COUNTER + CONTROL, ENABLE | WIDE);
    critical_section::with(|section| {
        let state = &mut *CLOCK.state.borrow_ref_mut(section);
        state.seen = read(COUNTER + VALUE);
        state.hurry = hurry;
        arm(state.now, state.now + LONGEST);
    });
    // SAFETY: the handler is in the table, and no critical section relies on this interrupt being masked.
    unsafe { NVIC::unmask(Irq::Timer) };
}

/// The timers' interrupt.
pub(crate) extern "C" fn on_interrupt() {
    write(ALARM + CLEAR, 1);
    critical_section::with(|section| CLOCK.wake(section));
}

/// Tasks have done something: what they wait for may be on its way.
pub(crate) fn busy() {
    critical_section::with(|section| {
        let state = &mut *CLOCK.state.borrow_ref_mut(section);
        state.busy = state.update();
    });
}

/// The processor has nothing to do: time to leap, in a hurry.
pub(crate) fn idle() {
    critical_section::with(|section| {
        let leap = {
            let state = &mut *CLOCK.state.borrow_ref_mut(section);
            let now = state.update();
            let quiet = state.hurry && now.saturating_sub(state.busy) >= QUIET;
            if quiet {
                state.now = state.queue.next_expiration(now).clamp(now, now + FOR_EVER);
                state.busy = state.now;
            }
            quiet
        };
        if leap {
            CLOCK.wake(section);
        }
    });
}

impl Clock {
    /// Wakes what is due and sets the alarm for what is next.
    fn wake(&self, section: CriticalSection<'_>) {
        let state = &mut *self.state.borrow_ref_mut(section);
        let now = state.update();
        let next = state.queue.next_expiration(now);
        // In a hurry the idle processor has to be woken, so that it can leap.
        arm(now, if state.hurry { next.min(now + QUIET) } else { next });
    }
}

impl State {
    /// Microseconds since the start. Ticks that make no whole one are left for the next time.
    fn update(&mut self) -> u64 {
        let ticks = self.seen.wrapping_sub(read(COUNTER + VALUE));
        let whole = ticks / TICKS;
        self.seen = self.seen.wrapping_sub(whole * TICKS);
        self.now += u64::from(whole);
        self.now
    }
}

impl Driver for Clock {
    fn now(&self) -> u64 {
        critical_section::with(|section| self.state.borrow_ref_mut(section).update())
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|section| {
            let sooner = self.state.borrow_ref_mut(section).queue.schedule_wake(at, waker);
            if sooner {
                self.wake(section);
            }
        });
    }
}

/// Has the alarm ring at `at`, or before it when that is far.
fn arm(now: u64, at: u64) {
    let wait = at.saturating_sub(now).clamp(1, LONGEST);
    // At most 80 s, which are 2,000 million ticks.
    let ticks = u32::try_from(wait).unwrap_or(u32::MAX / TICKS) * TICKS;
    write(ALARM + CONTROL, 0);
    write(ALARM + CLEAR, 1);
    write(ALARM + LOAD, ticks);
    write(ALARM + CONTROL, ENABLE | INTERRUPT | WIDE | ONE_SHOT);
}

fn read(register: usize) -> u32 {
    // SAFETY: all callers name registers of the dual timer, which are always there and have no object of Rust at them.
    unsafe { (register as *const u32).read_volatile() }
}

fn write(register: usize, value: u32) {
    // SAFETY: as in `read`; and the timers have no access to memory.
    unsafe { (register as *mut u32).write_volatile(value) }
}
