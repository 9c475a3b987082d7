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
