//! Exceptions are handled on a stack of their own, because the processor's may have overflowed.

use core::arch::global_asm;
use core::cell::UnsafeCell;

const SIZE: usize = 2048;

/// The stack of the exception handler, which never returns.
#[repr(C, align(16))]
struct TrapStack(UnsafeCell<[u8; SIZE]>);

// SAFETY: only the code below refers to it, as the stack of one handler on the only processor.
unsafe impl Sync for TrapStack {}

static TRAP_STACK: TrapStack = TrapStack(UnsafeCell::new([0; SIZE]));

// The start of each trap, before riscv-rt saves registers on the stack. The sign of `mcause` distinguishes interrupts, which use the
// stack of the code that they interrupt.
global_asm!(
    ".section .trap.start, \"ax\"",
    ".global _pre_default_start_trap",
    "_pre_default_start_trap:",
    "csrw mscratch, t0",
    "csrr t0, mcause",
    "bltz t0, 1f",
    "la sp, {stack} + {size}",
    "1:",
    "csrr t0, mscratch",
    "j _pre_default_start_trap_ret",
    stack = sym TRAP_STACK,
    size = const SIZE,
);
