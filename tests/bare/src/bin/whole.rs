//! Everything that a device needs of core: settings, request, parser, refusals, lifecycle; and the room.
#![no_std]
#![no_main]

use bare::{parts, room};

#[cortex_m_rt::entry]
fn main() -> ! {
    room::open(&[parts::settings, parts::request, parts::parser, parts::refusal, parts::lifecycle])
}
