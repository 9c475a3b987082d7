//! The same and the request.
#![no_std]
#![no_main]

use bare::{parts, room};

#[cortex_m_rt::entry]
fn main() -> ! {
    room::open(&[parts::settings, parts::request, parts::grants])
}
