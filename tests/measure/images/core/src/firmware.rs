//! The memory functions that compilers insert into every firmware, with or without core.
//!
//! The image `baseline` contains them too, so that they are not counted for a part of core.

use core::hint::black_box;

unsafe extern "C" {
    fn memcpy();
    fn memmove();
    fn memset();
    fn memcmp();
    fn __aeabi_memcpy();
    fn __aeabi_memcpy4();
    fn __aeabi_memcpy8();
    fn __aeabi_memmove();
    fn __aeabi_memset();
    fn __aeabi_memset4();
    fn __aeabi_memset8();
    fn __aeabi_memclr();
    fn __aeabi_memclr4();
    fn __aeabi_memclr8();
}

pub(crate) fn link() {
    let functions = [
        memcpy,
        memmove,
        memset,
        memcmp,
        __aeabi_memcpy,
        __aeabi_memcpy4,
        __aeabi_memcpy8,
        __aeabi_memmove,
        __aeabi_memset,
        __aeabi_memset4,
        __aeabi_memset8,
        __aeabi_memclr,
        __aeabi_memclr4,
        __aeabi_memclr8,
    ];
    black_box(functions.map(|function: unsafe extern "C" fn()| function as *const ()));
}
