//! A TCP socket with two users: the TLS session, which reads and writes, and the runner, which observes whether the peer closed it.

use core::future::Future;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

use crate::network::TcpSocket;

/// A socket as the stream of a TLS session.
#[derive(Debug)]
pub(crate) struct SharedSocket<'l, T>(pub(crate) &'l T);

impl<T> ErrorType for SharedSocket<'_, T> {
    type Error = ErrorKind;
}

impl<T: TcpSocket> Read for SharedSocket<'_, T> {
    fn read(&mut self, buffer: &mut [u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        self.0.read(buffer)
    }
}

impl<T: TcpSocket> Write for SharedSocket<'_, T> {
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> impl Future<Output = Result<(), ErrorKind>> {
        self.0.flush()
    }
}
