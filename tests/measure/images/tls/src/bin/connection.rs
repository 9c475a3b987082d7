//! A verified connection with RSA-2048 and P-256, by the engine around embedded-tls.
#![no_std]
#![no_main]

use bare::measurement;

#[cortex_m_rt::entry]
fn main() -> ! {
    measurement::run(&[bare_tls::embedded])
}
