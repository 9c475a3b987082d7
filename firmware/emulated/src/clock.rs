//! The embassy-time driver of the emulated boards, tickless: a counter and an alarm; and the processor's sleep.

use core::cell::RefCell;
use core::marker::PhantomData;
use core::task::Waker;

use critical_section::{CriticalSection, Mutex};
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;

use crate::Machine;
use crate::meter::Meter;
use crate::time_skip::Dialogue;

/// The longest alarm in microseconds. The counter must be read before it wraps around, which takes 171 s at 25 MHz.
const LONGEST_ALARM: u64 = 80_000_000;
/// The longest skip, requested when there is no deadline at all.
const LONGEST_SKIP: u64 = 86_400_000_000;
/// A deadline closer than this is waited for and not skipped to.
const SHORTEST_SKIP: u64 = 1_000;

/// The clock of a board, in microseconds, for `embassy_time_driver::time_driver_impl!`.
pub struct Clock<M> {
    state: Mutex<RefCell<State>>,
    machine: PhantomData<fn() -> M>,
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
    dialogue: Dialogue,
    meter: Meter,
}

impl<M: Machine> Clock<M> {
    /// Creates the clock.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: Mutex::new(RefCell::new(State {
                now: 0,
                seen: 0,
                queue: Queue::new(),
                skip_idle: false,
                tasks_ran: true,
                dialogue: Dialogue::new(),
                meter: Meter::new(),
            })),
            machine: PhantomData,
        }
    }

    /// Starts the clock. To be called once, before any task runs, with the counter running.
    ///
    /// With `skip_idle` it skips to the next deadline whenever there is nothing to do before it. With `count_instructions` log lines
    /// are stamped with instructions from now on.
    pub fn start(&self, skip_idle: bool, count_instructions: bool) {
        critical_section::with(|section| {
            let state = &mut *self.state.borrow_ref_mut(section);
            state.seen = M::ticks();
            state.skip_idle = skip_idle;
            state.meter.start(state.seen);
            state.meter.counts = count_instructions;
            arm::<M>(state.now, state.now + LONGEST_ALARM);
        });
    }

    /// Wakes the tasks that are due. To be called by the handler of the timer's interrupt.
    pub fn on_alarm(&self) {
        critical_section::with(|section| self.wake(section));
    }

    /// Takes a byte that the network sent over the serial line. To be called by the line's interrupt handler.
    pub fn on_answer(&self, byte: u8) {
        critical_section::with(|section| self.state.borrow_ref_mut(section).dialogue.receive(byte));
    }

    /// Notes that tasks have run: a skip that was asked for before could pass over a new deadline.
    pub fn tasks_ran(&self) {
        critical_section::with(|section| self.state.borrow_ref_mut(section).tasks_ran = true);
    }

    /// Sleeps until an interrupt is raised, or skips to the next deadline where that is enabled and granted. To be called again and
    /// again by the main loop while no task is due.
    pub fn idle(&self) {
        // Masked interrupts wake the processor and are handled when the critical section ends.
        critical_section::with(|section| {
            let state = &mut *self.state.borrow_ref_mut(section);
            if M::is_idle() && !state.must_stay_awake() {
                let before = M::ticks();
                M::sleep();
                state.meter.slept(before, M::ticks());
            }
        });
        critical_section::with(|section| {
            let skipped = self.state.borrow_ref_mut(section).skip::<M>();
            if skipped {
                self.wake(section);
            }
        });
    }

    /// Returns the timestamp of a log line: microseconds since the start, or instructions.
    pub fn stamp(&self) -> u64 {
        critical_section::with(|section| {
            let state = &mut *self.state.borrow_ref_mut(section);
            if state.meter.counts {
                state.meter.instructions(M::ticks(), M::TICKS)
            } else {
                state.update::<M>()
            }
        })
    }

    /// Wakes the tasks that are due and sets the alarm for the next deadline.
    fn wake(&self, section: CriticalSection<'_>) {
        let state = &mut *self.state.borrow_ref_mut(section);
        let now = state.update::<M>();
        let next = state.queue.next_expiration(now);
        arm::<M>(now, next);
    }
}

impl State {
    /// Returns whether a question has to be asked, or an answer read, before the processor may sleep.
    fn must_stay_awake(&self) -> bool {
        self.skip_idle && (self.tasks_ran || self.dialogue.has_answer())
    }

    /// Skips time if that was granted and no task has run since the question; asks again otherwise. Returns whether it skipped.
    fn skip<M: Machine>(&mut self) -> bool {
        let now = self.update::<M>();
        // An answer is left until the tasks have run, and is void then.
        if !self.skip_idle || !M::is_idle() {
            return false;
        }
        let granted = self.dialogue.take_answer();
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
                self.dialogue.ask(wait, M::frames(), M::send);
            }
        }
        false
    }

    /// Returns the microseconds since the start. Ticks that do not make up a whole one are counted next time.
    fn update<M: Machine>(&mut self) -> u64 {
        let ticks = M::ticks().wrapping_sub(self.seen);
        let whole = ticks / M::TICKS;
        self.seen = self.seen.wrapping_add(whole * M::TICKS);
        self.now += u64::from(whole);
        self.now
    }
}

impl<M: Machine> Driver for Clock<M> {
    fn now(&self) -> u64 {
        critical_section::with(|section| self.state.borrow_ref_mut(section).update::<M>())
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

impl<M: Machine> Default for Clock<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> core::fmt::Debug for Clock<M> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}

/// Sets the alarm for `at`, or for the longest interval possible when that is later.
fn arm<M: Machine>(now: u64, at: u64) {
    let wait = at.saturating_sub(now).clamp(1, LONGEST_ALARM);
    // At most 80 s, which are 2,000 million ticks at 25 MHz.
    M::arm(u32::try_from(wait).unwrap_or(u32::MAX / M::TICKS) * M::TICKS);
}
