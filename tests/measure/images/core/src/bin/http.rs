//! The measurement with the HTTP exchange.
#![no_std]
#![no_main]

use bare::{measurement, parts};

#[cortex_m_rt::entry]
fn main() -> ! {
    measurement::run(&[parts::http])
}
