//! The call stack.

#[cfg(target_arch = "arm")]
mod cortex_m;
#[cfg(target_arch = "riscv32")]
mod riscv32;

#[cfg(target_arch = "arm")]
use cortex_m::each;
#[cfg(target_arch = "riscv32")]
use riscv32::each;

/// The maximum number of calls reported. The first three are those of the panic itself.
const MAX_CALLS: usize = 12;

// Defined by the linker scripts of cortex-m-rt and riscv-rt.
unsafe extern "C" {
    /// The word above the stack's highest one.
    static _stack_start: u32;
    /// Start of the code.
    static __stext: u32;
    /// End of the code.
    static __etext: u32;
}

/// Calls, innermost first.
pub(crate) struct Calls {
    addresses: [u32; MAX_CALLS],
    count: usize,
}

impl Calls {
    /// Returns the calls that led here.
    pub(crate) fn here() -> Self {
        let mut calls = Self { addresses: [0; MAX_CALLS], count: 0 };
        each(|call| {
            let Some(target) = calls.addresses.get_mut(calls.count) else { return false };
            *target = call;
            calls.count += 1;
            true
        });
        calls
    }
}

impl defmt::Format for Calls {
    fn format(&self, fmt: defmt::Formatter<'_>) {
        for address in self.addresses.iter().take(self.count) {
            defmt::write!(fmt, " {=u32:#x}", address);
        }
    }
}

/// Returns the address above the stack's highest word.
fn stack_end() -> usize {
    (&raw const _stack_start).addr()
}

/// Returns whether an address can be a return address: code, or behind its last instruction.
fn is_code(address: usize) -> bool {
    ((&raw const __stext).addr()..=(&raw const __etext).addr()).contains(&address)
}
