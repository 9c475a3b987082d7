//! All of core that a device needs: settings, request, parser, refusals, lifecycle, in one program, with the measurement.
#![no_std]
#![no_main]

use bare::{measurement, parts};

#[cortex_m_rt::entry]
fn main() -> ! {
    measurement::run(&[parts::device])
}
