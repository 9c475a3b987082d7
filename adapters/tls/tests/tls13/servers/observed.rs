//! A connection that notes the length of each received record.

use core::cell::RefCell;
use std::rc::Rc;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

use crate::client::Tcp;

/// The protected records that were received, by the length in their headers.
#[derive(Default)]
pub(super) struct Received {
    pub(super) lengths: Vec<u16>,
    header: Vec<u8>,
    /// The rest of the present record.
    left: u16,
}

impl Received {
    /// Returns whether a `KeyUpdate` came: no other message here has five bytes.
    pub(super) fn has_key_update(&self) -> bool {
        // With the content type and the tag.
        self.lengths.contains(&(5 + 1 + 16))
    }

    fn add(&mut self, bytes: &[u8]) {
        const PROTECTED: u8 = 23;
        for byte in bytes {
            if self.left > 0 {
                self.left -= 1;
                continue;
            }
            self.header.push(*byte);
            if let [kind, _, _, high, low] = self.header[..] {
                self.left = u16::from_be_bytes([high, low]);
                if kind == PROTECTED {
                    self.lengths.push(self.left);
                }
                self.header.clear();
            }
        }
    }
}

pub(super) struct Observed {
    tcp: Tcp,
    received: Rc<RefCell<Received>>,
}

impl Observed {
    pub(super) fn new(tcp: Tcp, received: Rc<RefCell<Received>>) -> Self {
        Self { tcp, received }
    }
}

impl ErrorType for Observed {
    type Error = ErrorKind;
}

impl Read for Observed {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        let count = self.tcp.read(buf).await?;
        self.received.borrow_mut().add(&buf[..count]);
        Ok(count)
    }
}

impl Write for Observed {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.tcp.write(buf).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.tcp.flush().await
    }
}
