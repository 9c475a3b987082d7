//! The socket, seen by two: the TLS session that reads and writes, and the runner that looks whether the peer is still there.

use core::cell::RefCell;
use core::future::Future as _;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use embassy_net::tcp::{Error, State, TcpSocket};
use embedded_io_async::{ErrorType, Read, Write};

/// A socket that is borrowed for the time of each poll, never across an await: so it is never found borrowed, and if it were, the
/// connection would be taken for lost.
#[derive(Clone, Copy)]
pub(crate) struct Line<'l, 's>(pub(crate) &'l RefCell<TcpSocket<'s>>);

impl Line<'_, '_> {
    /// Nothing came and nothing ended since the last response: neither a byte nor the connection itself.
    pub(crate) fn is_quiet(self) -> bool {
        self.0.try_borrow().is_ok_and(|socket| socket.state() == State::Established && !socket.can_recv())
    }

    /// Waits until something comes, or the connection ends.
    pub(crate) async fn noise(self) {
        poll_fn(|context| {
            // The waker is told of the connection's end too, but the future is ready for bytes only.
            let Ok(socket) = self.0.try_borrow() else { return Poll::Ready(()) };
            let readable = pin!(socket.wait_read_ready()).poll(context);
            if self.is_quiet() { readable } else { Poll::Ready(()) }
        })
        .await;
    }
}

impl ErrorType for Line<'_, '_> {
    type Error = Error;
}

impl Read for Line<'_, '_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        poll_fn(|context| match self.0.try_borrow_mut() {
            Ok(mut socket) => pin!(socket.read(buffer)).poll(context),
            Err(_) => Poll::Ready(Err(Error::ConnectionReset)),
        })
        .await
    }
}

impl Write for Line<'_, '_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        poll_fn(|context| match self.0.try_borrow_mut() {
            Ok(mut socket) => pin!(socket.write(bytes)).poll(context),
            Err(_) => Poll::Ready(Err(Error::ConnectionReset)),
        })
        .await
    }

    /// Hands what was written to the network and does not wait for the peer to have taken it: what it answers says that.
    async fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
