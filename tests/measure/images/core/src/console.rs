//! Output on the host's terminal without `core::fmt`, so that the use of `core::fmt` by core itself stays visible.

use semihosting::sys::arm_compat::sys_writec;

pub(crate) fn text(text: &str) {
    text.bytes().for_each(sys_writec);
}

pub(crate) fn number(number: u32) {
    let mut divisor = 1_000_000_000;
    while divisor > 1 && number / divisor == 0 {
        divisor /= 10;
    }
    while divisor > 0 {
        sys_writec(b'0' + (number / divisor % 10) as u8);
        divisor /= 10;
    }
}
