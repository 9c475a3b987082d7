//! What every part does around its call: so it is in the image `baseline` as well, and no part is charged with it.

use core::hint::black_box;

use crate::input;
use crate::measurement::{finish, start};

pub fn nothing() {
    let body = input::body();
    start();
    black_box(body);
    finish("nothing");
}
