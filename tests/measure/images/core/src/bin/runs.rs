//! Every part, to be run and not weighed.
#![no_std]
#![no_main]

use bare::{parts, room};

#[cortex_m_rt::entry]
fn main() -> ! {
    room::open(&[
        parts::settings,
        parts::request,
        parts::parser,
        parts::parser_without_wiping,
        parts::refusal,
        parts::words,
        parts::lifecycle,
        parts::http,
        parts::longest,
    ])
}
