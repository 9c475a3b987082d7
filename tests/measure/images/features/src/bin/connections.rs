//! With the feature `nal` in use.
#![no_std]
#![no_main]

use bare::measurement;

#[cortex_m_rt::entry]
fn main() -> ! {
    measurement::run(&[bare_features::connections])
}
