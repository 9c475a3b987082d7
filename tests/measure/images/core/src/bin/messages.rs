//! The measurement with parser, refusals and the messages of errors.
#![no_std]
#![no_main]

use bare::{measurement, parts};

#[cortex_m_rt::entry]
fn main() -> ! {
    measurement::run(&[parts::parser, parts::refusal, parts::messages])
}
