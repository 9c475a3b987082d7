//! A verified connection with RSA-2048 and P-256.
#![no_std]
#![no_main]

use bare::room;

#[cortex_m_rt::entry]
fn main() -> ! {
    room::open(&[bare_tls::connection])
}
