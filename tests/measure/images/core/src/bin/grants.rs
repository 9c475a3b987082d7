//! The measurement with the request and all grants.
#![no_std]
#![no_main]

use bare::{measurement, parts};

#[cortex_m_rt::entry]
fn main() -> ! {
    measurement::run(&[parts::settings, parts::request, parts::grants])
}
