//! The room alone, and what reads a recording: what is taken from the other image's weight.
#![no_std]
#![no_main]

use bare::room;

#[cortex_m_rt::entry]
fn main() -> ! {
    room::open(&[])
}
