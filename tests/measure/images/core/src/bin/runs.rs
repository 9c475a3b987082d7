//! Every part, for counting instructions and stack; the size of this image is not used.
#![no_std]
#![no_main]

use bare::{measurement, parts};

#[cortex_m_rt::entry]
fn main() -> ! {
    measurement::run(&[
        parts::settings,
        parts::request,
        parts::parser,
        parts::parser_without_wiping,
        parts::refusal,
        parts::messages,
        parts::lifecycle,
        parts::http,
        parts::longest,
    ])
}
