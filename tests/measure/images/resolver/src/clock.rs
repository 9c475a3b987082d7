//! A clock that advances at each look. Nothing waits for it: the network answers at once.

use core::sync::atomic::{AtomicU32, Ordering};
use core::task::Waker;

use embassy_time_driver::Driver;

#[derive(Debug)]
struct Clock(AtomicU32);

impl Driver for Clock {
    fn now(&self) -> u64 {
        u64::from(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn schedule_wake(&self, _at: u64, _waker: &Waker) {}
}

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock(AtomicU32::new(0)));
