//! The baseline: an image without the connection. Its size is subtracted from the other image's.
#![no_std]
#![no_main]

use bare::measurement;

#[cortex_m_rt::entry]
fn main() -> ! {
    measurement::run(&[])
}
