//! Measurement of a call: its instructions, and the depth of its stack.
//!
//! A part calls [`start`], the code under measurement, and [`finish`]. Arguments pass through `black_box` after `start` and results
//! before `finish`, so that the compiler moves no work out of the measured span.

use core::hint::black_box;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use crate::{console, firmware, input};

/// The second of the board's dual timers, 25 MHz, counting down.
const TIMER: *mut u32 = 0x4000_2020 as *mut u32;
const LOAD: usize = 0;
const VALUE: usize = 1;
const CONTROL: usize = 2;
/// Enabled, 32 bits wide, free-running.
const RUN: u32 = 1 << 7 | 1 << 1;

/// A pattern that no code is likely to write.
const PAINT: u32 = 0xa5a5_5a5a;
/// The frame of [`paint`] itself is not painted, so a call that needs less than this may be reported as needing it.
const OWN_FRAME: usize = 64;

/// The stack pointer and the timer at the last [`start`].
static STACK: AtomicUsize = AtomicUsize::new(0);
static TICKS: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" {
    /// The lowest word of the stack, by the linker script.
    static mut _stack_end: u32;
}

/// Runs the parts one after the other, and ends the emulation.
///
/// The first line measures an empty call; its reader subtracts it from the others.
pub fn run(parts: &[fn()]) -> ! {
    // SAFETY: these are the timer's registers on this board, and nothing else uses it.
    unsafe {
        TIMER.add(LOAD).write_volatile(u32::MAX);
        TIMER.add(CONTROL).write_volatile(RUN);
    }
    firmware::link();
    input::client();
    start();
    finish("nothing");
    for part in parts {
        black_box(part)();
    }
    semihosting::process::exit(0)
}

/// Starts a measurement. Must be called in the frame that makes the measured call: the stack counts from below it.
#[inline(always)]
pub fn start() {
    let stack = stack_pointer();
    STACK.store(stack, Ordering::Relaxed);
    paint(stack);
    TICKS.store(timer(), Ordering::Relaxed);
}

/// Ends a measurement and prints `name ticks stack`.
///
/// With `-icount shift=10` an instruction takes 25.6 ticks of the timer, exactly. The stack is in bytes.
#[inline(always)]
pub fn finish(name: &str) {
    conclude(name, timer());
}

#[inline(never)]
fn conclude(name: &str, now: u32) {
    let ticks = TICKS.load(Ordering::Relaxed).wrapping_sub(now);
    let stack = touched(STACK.load(Ordering::Relaxed));
    report(name, ticks, stack);
}

/// Prints a line with ticks and bytes that the part measured itself.
#[inline(never)]
pub fn report(name: &str, ticks: u32, bytes: u32) {
    console::text(name);
    console::text(" ");
    console::number(ticks);
    console::text(" ");
    console::number(bytes);
    console::text("\n");
}

/// Returns the timer, which counts down: the difference of two values is the ticks between them.
#[must_use]
pub fn ticks() -> u32 {
    timer()
}

#[inline(always)]
fn timer() -> u32 {
    // SAFETY: as in `run`.
    unsafe { TIMER.add(VALUE).read_volatile() }
}

#[inline(always)]
fn stack_pointer() -> usize {
    let pointer: usize;
    // SAFETY: reads a register. Not `nomem`, so that it is not moved.
    unsafe { core::arch::asm!("mov {}, sp", out(reg) pointer, options(nostack, preserves_flags)) };
    pointer
}

/// Fills the free stack with [`PAINT`].
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

/// Returns the bytes from the lowest overwritten word up to `top`.
fn touched(top: usize) -> u32 {
    let mut word = &raw const _stack_end;
    // SAFETY: as in `paint`.
    while (word as usize) < top && unsafe { word.read_volatile() } == PAINT {
        word = unsafe { word.add(1) };
    }
    (top - word as usize) as u32
}
