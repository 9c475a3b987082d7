//! Everything that a device needs of core: settings, request, parser, refusals, lifecycle, in one program; and the room.
#![no_std]
#![no_main]

use bare::{parts, room};

#[cortex_m_rt::entry]
fn main() -> ! {
    room::open(&[parts::device])
}
