//! A TCP socket with two users: the TLS session, which reads and writes, and the runner, which observes whether the peer closed it.

use core::cell::RefCell;
use core::future::Future as _;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use embassy_net::tcp::{Error, State, TcpSocket};
use embedded_io_async::{ErrorType, Read, Write};

/// A socket that is borrowed during each poll, never across an await, so that no borrow conflicts. If one did, the connection would
/// be treated as lost.
#[derive(Clone, Copy)]
pub(crate) struct SharedSocket<'l, 's>(pub(crate) &'l RefCell<TcpSocket<'s>>);

impl SharedSocket<'_, '_> {
    /// Returns whether the connection is open and nothing was received since the last response.
    pub(crate) fn is_idle(self) -> bool {
        self.0.try_borrow().is_ok_and(|socket| socket.state() == State::Established && !socket.can_recv())
    }

    /// Waits until something is received, or the connection ends.
    pub(crate) async fn wait_activity(self) {
        poll_fn(|context| {
            // The end of the connection wakes this task too, but that future is ready for received bytes only.
            let Ok(socket) = self.0.try_borrow() else { return Poll::Ready(()) };
            let readable = pin!(socket.wait_read_ready()).poll(context);
            if self.is_idle() { readable } else { Poll::Ready(()) }
        })
        .await;
    }
}

impl ErrorType for SharedSocket<'_, '_> {
    type Error = Error;
}

impl Read for SharedSocket<'_, '_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        poll_fn(|context| match self.0.try_borrow_mut() {
            Ok(mut socket) => pin!(socket.read(buffer)).poll(context),
            Err(_) => Poll::Ready(Err(Error::ConnectionReset)),
        })
        .await
    }
}

impl Write for SharedSocket<'_, '_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        poll_fn(|context| match self.0.try_borrow_mut() {
            Ok(mut socket) => pin!(socket.write(bytes)).poll(context),
            Err(_) => Poll::Ready(Err(Error::ConnectionReset)),
        })
        .await
    }

    /// Does not wait until the peer has acknowledged what was written, which embassy-net's `flush` does and peers delay: the
    /// response shows that the request arrived.
    async fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
