//! The measurement alone: subtracted from the weight of every other image.
#![no_std]
#![no_main]

use bare::{measurement, parts};

#[cortex_m_rt::entry]
fn main() -> ! {
    measurement::run(&[parts::nothing])
}
