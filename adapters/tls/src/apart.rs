//! Stack frames of their own for futures.
//!
//! Futures that are polled at one place are compiled into one function, whose frame holds what each of them needs for a moment,
//! copies of futures on their way among it; and all of that lies below the deepest point of a handshake.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Awaits a future where it is made, polled in a stack frame of its own.
///
/// `.await` moves the future first, and a frame holds each place that it moved through. On a device with little memory use this
/// for [`TlsEngine::connect`](crate::TlsEngine::connect), and for whatever awaits it: it saves kilobytes of stack.
///
/// ```
/// # futures_lite::future::block_on(async {
/// let answer = genesys_token_tls::await_apart!(async { 42 });
/// # assert_eq!(answer, 42);
/// # });
/// ```
#[macro_export]
macro_rules! await_apart {
    ($future:expr) => {{
        let mut future = ::core::pin::pin!($future);
        ::core::future::poll_fn(|context| $crate::poll_apart(future.as_mut(), context)).await
    }};
}

/// Polls a future, and is not inlined: what [`await_apart!`](crate::await_apart) does it with.
#[inline(never)]
pub fn poll_apart<F: Future>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
    future.poll(context)
}
