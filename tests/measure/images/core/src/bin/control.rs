//! A panic that can be reached: `cargo xtask no-panic` must find it here, which shows that it would find others.
#![no_std]
#![no_main]

use core::hint::black_box;

use bare as _;

#[cortex_m_rt::entry]
fn main() -> ! {
    black_box(nth as *const ());
    semihosting::process::exit(0)
}

#[inline(never)]
fn nth(bytes: &[u8], index: usize) -> u8 {
    bytes[index]
}
