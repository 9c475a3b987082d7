//! A stack frame of its own for polling a future.
//!
//! Futures that are polled at one place are compiled into one function. Its frame holds the temporaries of all of them, including
//! copies of futures that are moved, and that frame is on the stack during the deepest call of a handshake.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Awaits a future in place and polls it in a stack frame of its own.
///
/// `.await` first moves the future, and the frame keeps space for every place that the future moved through. On a device with
/// little memory use this macro for [`TlsEngine::connect`](crate::TlsEngine::connect) and for the futures that await it: it saves
/// kilobytes of stack.
///
/// ```
/// # futures_lite::future::block_on(async {
/// let answer = genesys_token_tls::await_in_own_frame!(async { 42 });
/// # assert_eq!(answer, 42);
/// # });
/// ```
#[macro_export]
macro_rules! await_in_own_frame {
    ($future:expr) => {{
        let mut future = ::core::pin::pin!($future);
        ::core::future::poll_fn(|context| $crate::poll_in_own_frame(future.as_mut(), context)).await
    }};
}

/// Polls a future and is never inlined; used by [`await_in_own_frame!`](crate::await_in_own_frame).
#[inline(never)]
pub fn poll_in_own_frame<F: Future>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
    future.poll(context)
}
