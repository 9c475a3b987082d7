//! HTTP: one exchange over a stream that is always ready.

use core::convert::Infallible;
use core::future::{Future, pending, poll_fn};
use core::hint::black_box;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorType, Read, Write};
use genesys_token_http::{Buffers, Connection, Method, Request};

use crate::input;
use crate::measurement::{finish, start};

/// Memory for the head and the body of a response, as a device would have it.
const HEAD: usize = 1024;
const BODY: usize = 4096;

pub fn http() {
    let stream = Stream { rest: input::body() };
    let (mut head, mut body) = ([0; HEAD], [0; BODY]);
    let exchange = black_box(exchange as fn(Stream, &mut [u8], &mut [u8]));
    start();
    exchange(stream, &mut head, &mut body);
    finish("http");
}

/// The future with its stack frame and those below it.
#[inline(never)]
fn exchange(stream: Stream, head: &mut [u8], body: &mut [u8]) {
    let mut connection = Connection::new(stream);
    let request = Request::new(Method::Post, black_box("login.mypurecloud.de"), black_box("/oauth/token"))
        .with_authorization(black_box(b"Basic aWQ6c2VjcmV0"))
        .with_body(
            black_box("application/x-www-form-urlencoded"),
            black_box(b"grant_type=client_credentials"),
        );
    let request = black_box(request);
    let mut future = pin!(connection.exchange(&request, Buffers { head, body }, pending()));
    let mut context = Context::from_waker(Waker::noop());
    // The stream is always ready, so once is enough.
    match future.as_mut().poll(&mut context) {
        Poll::Ready(Ok(response)) => _ = black_box((response.status, response.body, response.keep_alive)),
        Poll::Ready(Err(error)) => _ = black_box((error.kind, error.sent)),
        Poll::Pending => {}
    }
}

/// A stream that returns the emulator's bytes, and accepts everything.
struct Stream {
    rest: &'static [u8],
}

impl ErrorType for Stream {
    type Error = Infallible;
}

// Not `async`: the compiler's future panics when it is polled after completion, and that would be found here.
impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> impl Future<Output = Result<usize, Infallible>> {
        let count = self.rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(self.rest) {
            *to = *from;
        }
        self.rest = self.rest.get(count..).unwrap_or_default();
        poll_fn(move |_| Poll::Ready(Ok(black_box(count))))
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, Infallible>> {
        let count = black_box(bytes).len();
        poll_fn(move |_| Poll::Ready(Ok(black_box(count))))
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        poll_fn(|_| Poll::Ready(Ok(())))
    }
}
