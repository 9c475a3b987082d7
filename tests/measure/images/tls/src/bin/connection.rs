//! A verified connection with RSA-2048 and P-256.
#![no_std]
#![no_main]

use bare::measurement;

#[cortex_m_rt::entry]
fn main() -> ! {
    measurement::run(&[bare_tls::connection])
}
