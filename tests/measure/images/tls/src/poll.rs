//! An executor that counts instructions.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use bare::measurement;

/// Polls a future until it is ready and returns the ticks of the longest poll. Reports the future's size and the number of polls.
#[inline(always)]
pub(crate) fn until_ready<F: Future<Output = ()>>(mut future: Pin<&mut F>) -> u32 {
    measurement::report("future", 0, size_of::<F>() as u32);
    let mut longest = 0;
    let mut context = Context::from_waker(Waker::noop());
    let mut polls = 0;
    loop {
        let start = measurement::ticks();
        let state = once(future.as_mut(), &mut context);
        longest = longest.max(start.wrapping_sub(measurement::ticks()));
        polls += 1;
        if let Poll::Ready(()) = state {
            measurement::report("polls", 0, polls);
            return longest;
        }
    }
}

#[inline(never)]
fn once<F: Future>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
    future.poll(context)
}
