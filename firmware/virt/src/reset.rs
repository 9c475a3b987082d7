//! Reset of the machine.

use crate::registers::POWER;

/// The value that requests a reset.
const RESET: u32 = 0x7777;

/// Resets the machine. Its RAM keeps its content.
pub fn reset() -> ! {
    POWER.write(0, RESET);
    loop {
        riscv::asm::wfi();
    }
}
