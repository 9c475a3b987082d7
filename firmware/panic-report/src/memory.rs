//! Where the stack ends and where the code is: symbols of the linker scripts of cortex-m-rt and riscv-rt.

unsafe extern "C" {
    /// The word above the stack's highest one.
    static _stack_start: u32;
    /// Start of the code.
    static __stext: u32;
    /// End of the code.
    static __etext: u32;
}

/// Returns the address above the stack's highest word.
pub(crate) fn stack_end() -> usize {
    (&raw const _stack_start).addr()
}

/// Returns whether an address can be a return address: code, or behind its last instruction.
pub(crate) fn is_code(address: usize) -> bool {
    ((&raw const __stext).addr()..=(&raw const __etext).addr()).contains(&address)
}
