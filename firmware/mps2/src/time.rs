//! embassy-time on the CMSDK dual timer, without a tick: the first timer counts, the second is the alarm.

use core::cell::RefCell;
use core::task::Waker;

use cortex_m::peripheral::NVIC;
use critical_section::{CriticalSection, Mutex};
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;

use crate::interrupt::Irq;
use crate::leap;

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
/// In a hurry: a deadline that is so near is waited for.
const NEAR: u64 = 1_000;

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
    /// Tasks have done something since the last question.
    busy: bool,
}

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock {
    state: Mutex::new(RefCell::new(State {
        now: 0,
        seen: u32::MAX,
        queue: Queue::new(),
        hurry: false,
        busy: true,
    })),
});

/// Starts both timers. To be called once, before any task runs.
///
/// In a `hurry` the clock [leaps](crate::leap) to the next deadline whenever there is nothing to do before it.
pub fn start(hurry: bool) {
    write(COUNTER + LOAD, u32::MAX);
    write(COUNTER + CONTROL, ENABLE | WIDE);
    critical_section::with(|section| {
        let state = &mut *CLOCK.state.borrow_ref_mut(section);
        state.seen = ticks();
        state.hurry = hurry;
        arm(state.now, state.now + LONGEST);
    });
    if hurry {
        leap::open();
    }
    // SAFETY: the handler is in the table, and no critical section relies on this interrupt being masked.
    unsafe { NVIC::unmask(Irq::Timer) };
}

/// What the counter shows: 25 MHz, downwards.
pub(crate) fn ticks() -> u32 {
    read(COUNTER + VALUE)
}

/// The timers' interrupt.
pub(crate) extern "C" fn on_interrupt() {
    write(ALARM + CLEAR, 1);
    critical_section::with(|section| CLOCK.wake(section));
}

/// Tasks have done something: a leap that was asked for before would leap too far.
pub(crate) fn busy() {
    critical_section::with(|section| CLOCK.state.borrow_ref_mut(section).busy = true);
}

/// Whether there is a question to ask, or an answer to look at, before the processor may sleep.
pub(crate) fn is_restless(section: CriticalSection<'_>) -> bool {
    let state = CLOCK.state.borrow_ref_mut(section);
    state.hurry && (state.busy || leap::is_answered(section))
}

/// The processor has nothing to do: time to leap, in a hurry.
pub fn idle() {
    let answer = leap::answer();
    critical_section::with(|section| {
        let leapt = CLOCK.state.borrow_ref_mut(section).leap(answer);
        if leapt {
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
        arm(now, next);
    }
}

impl State {
    /// Leaps if that was granted and nothing has happened since it was asked for; asks when that is to be done. Says whether it
    /// leapt.
    fn leap(&mut self, granted: Option<u64>) -> bool {
        let now = self.update();
        if !self.hurry {
            return false;
        }
        if let Some(granted) = granted.filter(|_| !self.busy) {
            self.now = now + granted;
            // Whether or not a task is woken there is another question to ask.
            self.busy = true;
            return true;
        }
        if self.busy {
            self.busy = false;
            // As of the start nothing is due: this wakes nobody.
            let wait = self.queue.next_expiration(0).saturating_sub(now).min(FOR_EVER);
            if wait > NEAR {
                leap::ask(wait);
            }
        }
        false
    }

    /// Microseconds since the start. Ticks that make no whole one are left for the next time.
    fn update(&mut self) -> u64 {
        let ticks = self.seen.wrapping_sub(ticks());
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
