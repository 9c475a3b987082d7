//! The measuring room: how many instructions a call takes and how deep its stack goes.
//!
//! A part says [`enter`], calls, and says [`leave`]. What goes into the call passes through `black_box` behind the one, and
//! what comes out before the other, so that the compiler moves no work out of the room.

use core::hint::black_box;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use crate::{firmware, input, voice};

/// The second of the board's dual timers, 25 MHz, counting down.
const TIMER: *mut u32 = 0x4000_2020 as *mut u32;
const LOAD: usize = 0;
const VALUE: usize = 1;
const CONTROL: usize = 2;
/// Enabled, 32 bits wide, free-running.
const RUN: u32 = 1 << 7 | 1 << 1;

/// What no code writes by chance.
const PAINT: u32 = 0xa5a5_5a5a;
/// The painter's own frame is not painted over. So a call that needs less than this may be said to need it.
const OWN_FRAME: usize = 64;

/// The stack pointer and the timer at the last [`enter`].
static STACK: AtomicUsize = AtomicUsize::new(0);
static TICKS: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" {
    /// The lowest word of the stack, by the linker script.
    static mut _stack_end: u32;
}

/// Lets the parts measure themselves, one after the other, and ends the emulation.
///
/// The first line is that of a call that is not there; whoever reads this takes it from the others.
pub fn open(parts: &[fn()]) -> ! {
    // SAFETY: these are the timer's registers on this board, and nothing else uses it.
    unsafe {
        TIMER.add(LOAD).write_volatile(u32::MAX);
        TIMER.add(CONTROL).write_volatile(RUN);
    }
    firmware::is_there();
    input::client();
    enter();
    leave("nothing");
    for part in parts {
        black_box(part)();
    }
    semihosting::process::exit(0)
}

/// Begins to measure. To be said in the frame that makes the call: the stack counts from below it.
#[inline(always)]
pub fn enter() {
    let stack = stack_pointer();
    STACK.store(stack, Ordering::Relaxed);
    paint(stack);
    TICKS.store(timer(), Ordering::Relaxed);
}

/// Ends it, and says what the call took: `name ticks stack`.
///
/// With `-icount shift=10` an instruction takes 25.6 ticks of the timer, exactly. The stack is in bytes.
#[inline(always)]
pub fn leave(name: &str) {
    report(name, timer());
}

#[inline(never)]
fn report(name: &str, now: u32) {
    let ticks = TICKS.load(Ordering::Relaxed).wrapping_sub(now);
    let stack = touched(STACK.load(Ordering::Relaxed));
    say(name, ticks, stack);
}

/// Says a line by itself, of ticks that the part counted and bytes that it knows.
#[inline(never)]
pub fn say(name: &str, ticks: u32, bytes: u32) {
    voice::text(name);
    voice::text(" ");
    voice::number(ticks);
    voice::text(" ");
    voice::number(bytes);
    voice::text("\n");
}

/// The timer, which counts down: the difference of two are the ticks between them.
#[must_use]
pub fn ticks() -> u32 {
    timer()
}

#[inline(always)]
fn timer() -> u32 {
    // SAFETY: as in `open`.
    unsafe { TIMER.add(VALUE).read_volatile() }
}

#[inline(always)]
fn stack_pointer() -> usize {
    let pointer: usize;
    // SAFETY: reads a register. Not `nomem`, so that it is not moved.
    unsafe { core::arch::asm!("mov {}, sp", out(reg) pointer, options(nostack, preserves_flags)) };
    pointer
}

/// Paints the free stack.
#[inline(never)]
fn paint(top: usize) {
    let mut word = &raw mut _stack_end;
    while (word as usize) < top - OWN_FRAME {
        // SAFETY: between the end of the stack and this frame, which is not in use.
        unsafe {
            word.write_volatile(PAINT);
            word = word.add(1);
        }
    }
}

/// The bytes from the lowest word that lost its paint up to `top`.
fn touched(top: usize) -> u32 {
    let mut word = &raw const _stack_end;
    // SAFETY: as in `paint`.
    while (word as usize) < top && unsafe { word.read_volatile() } == PAINT {
        word = unsafe { word.add(1) };
    }
    (top - word as usize) as u32
}
