//! The room alone: what is taken from every other image's weight.
#![no_std]
#![no_main]

use bare::{parts, room};

#[cortex_m_rt::entry]
fn main() -> ! {
    room::open(&[parts::nothing])
}
