//! A device with the client.
#![no_std]
#![no_main]

use bare::measurement;

#[cortex_m_rt::entry]
fn main() -> ! {
    measurement::run(&[bare_features::calls])
}
