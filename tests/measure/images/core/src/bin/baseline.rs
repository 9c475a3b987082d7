//! The code of the measurement alone: its size is subtracted from that of every other image.
#![no_std]
#![no_main]

use bare::{measurement, parts};

#[cortex_m_rt::entry]
fn main() -> ! {
    measurement::run(&[parts::nothing])
}
