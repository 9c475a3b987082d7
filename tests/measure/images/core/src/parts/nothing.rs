//! The code that every part has around its call. It is in the image `baseline` as well, so that it is not counted for a part.

use core::hint::black_box;

use crate::input;
use crate::measurement::{finish, start};

pub fn nothing() {
    let body = input::body();
    start();
    black_box(body);
    finish("nothing");
}
