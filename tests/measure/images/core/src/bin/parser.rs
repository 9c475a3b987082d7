//! The parser and the room.
#![no_std]
#![no_main]

use bare::{parts, room};

#[cortex_m_rt::entry]
fn main() -> ! {
    room::open(&[parts::parser])
}
