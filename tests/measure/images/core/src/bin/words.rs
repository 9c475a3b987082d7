//! The same and what errors say.
#![no_std]
#![no_main]

use bare::{parts, room};

#[cortex_m_rt::entry]
fn main() -> ! {
    room::open(&[parts::parser, parts::refusal, parts::words])
}
