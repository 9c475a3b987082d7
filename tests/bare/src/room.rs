//! The measuring room: how many instructions a call takes and how deep its stack goes.

use core::hint::black_box;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::voice;

/// The second of the board's dual timers, 25 MHz, counting down.
const TIMER: *mut u32 = 0x4000_2020 as *mut u32;
const LOAD: usize = 0;
const VALUE: usize = 1;
const CONTROL: usize = 2;
/// Enabled, 32 bits wide, free-running.
const RUN: u32 = 1 << 7 | 1 << 1;

/// What no code writes by chance.
const PAINT: u32 = 0xa5a5_5a5a;
/// The painter's own frame is not painted over.
const OWN_FRAME: usize = 64;

/// The stack pointer of the last [`caller`].
static CALLER: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" {
    /// The lowest word of the stack, by the linker script.
    static mut _stack_end: u32;
}

/// Lets parts measure themselves, one after the other, and ends the emulation.
///
/// The first line is that of a call that does nothing; whoever reads this takes it from the others.
pub fn open(parts: &[fn()]) -> ! {
    start_timer();
    measure("nothing", &mut caller);
    for part in parts {
        black_box(part)();
    }
    semihosting::process::exit(0)
}

/// Runs `work` once and says what it took: `name ticks stack`.
///
/// With `-icount shift=10` an instruction takes 25.6 ticks of the timer, exactly. The stack is in bytes, below the frame
/// in which `work` calls [`caller`]: what the function called next needs for itself.
#[inline(never)]
pub fn measure(name: &str, work: &mut dyn FnMut()) {
    let (ticks, stack) = gauge(black_box(work));
    voice::text(name);
    voice::text(" ");
    voice::number(ticks);
    voice::text(" ");
    voice::number(stack);
    voice::text("\n");
}

/// Notes the stack pointer. To be called right before the function that is measured, in the frame that calls it.
#[inline(always)]
pub fn caller() {
    CALLER.store(stack_pointer(), Ordering::Relaxed);
}

#[inline(never)]
fn gauge(work: &mut dyn FnMut()) -> (u32, u32) {
    let painted = paint(stack_pointer());
    let start = timer();
    work();
    let ticks = start.wrapping_sub(timer());
    (ticks, touched(painted, CALLER.load(Ordering::Relaxed)))
}

fn start_timer() {
    // SAFETY: these are the timer's registers on this board, and nothing else uses it.
    unsafe {
        TIMER.add(LOAD).write_volatile(u32::MAX);
        TIMER.add(CONTROL).write_volatile(RUN);
    }
}

#[inline(always)]
fn timer() -> u32 {
    // SAFETY: as in `start_timer`.
    unsafe { TIMER.add(VALUE).read_volatile() }
}

#[inline(always)]
fn stack_pointer() -> usize {
    let pointer: usize;
    // SAFETY: reads a register.
    unsafe { core::arch::asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// Paints the free stack and returns its lowest word.
#[inline(never)]
fn paint(top: usize) -> *const u32 {
    let end = &raw mut _stack_end;
    let mut word = end;
    while (word as usize) < top - OWN_FRAME {
        // SAFETY: between the end of the stack and the frame of the caller, which is not in use.
        unsafe {
            word.write_volatile(PAINT);
            word = word.add(1);
        }
    }
    end
}

/// The bytes from the lowest word that lost its paint up to `top`.
fn touched(end: *const u32, top: usize) -> u32 {
    let mut word = end;
    // SAFETY: as in `paint`.
    while (word as usize) < top && unsafe { word.read_volatile() } == PAINT {
        word = unsafe { word.add(1) };
    }
    (top - word as usize) as u32
}
