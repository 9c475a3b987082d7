//! The embassy-time driver on the CMSDK dual timer, tickless: the first timer counts, the second is the alarm.

use core::cell::RefCell;
use core::task::Waker;

use cortex_m::peripheral::NVIC;
use critical_section::{CriticalSection, Mutex};
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;

use crate::interrupt::Irq;
use crate::time_skip;

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

/// Both timers count down at 25 MHz; embassy-time counts up in microseconds.
const TICKS: u32 = 25;
/// The counter must be read before it wraps around, which takes 171 s: the alarm is set to 80 s at most.
const LONGEST_ALARM: u64 = 80_000_000;
/// The longest skip, requested when there is no deadline at all.
const LONGEST_SKIP: u64 = 86_400_000_000;
/// A deadline closer than this is waited for and not skipped to.
const SHORTEST_SKIP: u64 = 1_000;

struct Clock {
    state: Mutex<RefCell<State>>,
}

struct State {
    /// Microseconds since the start, when the counter showed `seen`.
    now: u64,
    seen: u32,
    queue: Queue,
    /// Whether idle time is skipped.
    skip_idle: bool,
    /// Whether tasks have run since the last question was asked.
    tasks_ran: bool,
}

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock {
    state: Mutex::new(RefCell::new(State {
        now: 0,
        seen: u32::MAX,
        queue: Queue::new(),
        skip_idle: false,
        tasks_ran: true,
    })),
});

/// Starts both timers. To be called once, before any task runs.
///
/// With `skip_idle` the clock [skips](crate::time_skip) to the next deadline whenever there is nothing to do before it.
pub fn start(skip_idle: bool) {
    write(COUNTER + LOAD, u32::MAX);
    write(COUNTER + CONTROL, ENABLE | WIDE);
    critical_section::with(|section| {
        let state = &mut *CLOCK.state.borrow_ref_mut(section);
        state.seen = ticks();
        state.skip_idle = skip_idle;
        arm(state.now, state.now + LONGEST_ALARM);
    });
    if skip_idle {
        time_skip::open();
    }
    // SAFETY: the handler is in the vector table, and no critical section relies on this interrupt being masked.
    unsafe { NVIC::unmask(Irq::Timer) };
}

/// Returns the counter's value, which decreases at 25 MHz.
pub(crate) fn ticks() -> u32 {
    read(COUNTER + VALUE)
}

/// Handles the timers' interrupt.
pub(crate) extern "C" fn on_interrupt() {
    write(ALARM + CLEAR, 1);
    critical_section::with(|section| CLOCK.wake(section));
}

/// Notes that tasks have run: a skip that was asked for before could pass over a new deadline.
pub(crate) fn tasks_ran() {
    critical_section::with(|section| CLOCK.state.borrow_ref_mut(section).tasks_ran = true);
}

/// Returns whether a question has to be asked, or an answer read, before the processor may sleep.
pub(crate) fn must_stay_awake(section: CriticalSection<'_>) -> bool {
    let state = CLOCK.state.borrow_ref_mut(section);
    state.skip_idle && (state.tasks_ran || time_skip::has_answer(section))
}

/// To be called when the processor has nothing to do: skips to the next deadline where that is enabled and granted.
pub fn on_idle() {
    let answer = time_skip::take_answer();
    critical_section::with(|section| {
        let skipped = CLOCK.state.borrow_ref_mut(section).skip(answer);
        if skipped {
            CLOCK.wake(section);
        }
    });
}

impl Clock {
    /// Wakes the tasks that are due and sets the alarm for the next deadline.
    fn wake(&self, section: CriticalSection<'_>) {
        let state = &mut *self.state.borrow_ref_mut(section);
        let now = state.update();
        let next = state.queue.next_expiration(now);
        arm(now, next);
    }
}

impl State {
    /// Skips time if that was granted and no task has run since the question; asks again otherwise. Returns whether it skipped.
    fn skip(&mut self, granted: Option<u64>) -> bool {
        let now = self.update();
        if !self.skip_idle {
            return false;
        }
        if let Some(granted) = granted.filter(|_| !self.tasks_ran) {
            self.now = now + granted;
            // Whether or not a task is woken, the next question has to be asked.
            self.tasks_ran = true;
            return true;
        }
        if self.tasks_ran {
            self.tasks_ran = false;
            // At time 0 nothing is due, so this wakes no task.
            let wait = self.queue.next_expiration(0).saturating_sub(now).min(LONGEST_SKIP);
            if wait > SHORTEST_SKIP {
                time_skip::ask(wait);
            }
        }
        false
    }

    /// Returns the microseconds since the start. Ticks that do not make up a whole one are counted next time.
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

/// Sets the alarm for `at`, or for the longest interval possible when that is later.
fn arm(now: u64, at: u64) {
    let wait = at.saturating_sub(now).clamp(1, LONGEST_ALARM);
    // At most 80 s, which are 2,000 million ticks.
    let ticks = u32::try_from(wait).unwrap_or(u32::MAX / TICKS) * TICKS;
    write(ALARM + CONTROL, 0);
    write(ALARM + CLEAR, 1);
    write(ALARM + LOAD, ticks);
    write(ALARM + CONTROL, ENABLE | INTERRUPT | WIDE | ONE_SHOT);
}

fn read(register: usize) -> u32 {
    // SAFETY: all callers pass addresses of registers of the dual timer, which always exist and overlap no Rust object.
    unsafe { (register as *const u32).read_volatile() }
}

fn write(register: usize, value: u32) {
    // SAFETY: as in `read`; and the device has no access to memory.
    unsafe { (register as *mut u32).write_volatile(value) }
}
