//! The cable: exchanges Ethernet frames between the emulator and the router's stack.

use std::collections::VecDeque;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

/// Larger than any Ethernet frame.
const MAX_FRAME: u32 = 65_536;

/// The router's end.
#[derive(Default)]
pub(crate) struct Cable {
    pub(crate) from_board: VecDeque<Vec<u8>>,
    pub(crate) to_board: VecDeque<Vec<u8>>,
    board: Option<OwnedWriteHalf>,
    frames: Option<mpsc::UnboundedReceiver<Vec<u8>>>,
    /// Frames received from and sent to this board; compared with its own counts they show whether one is in transit.
    pub(crate) received: u32,
    pub(crate) sent: u32,
}

impl Cable {
    /// Connects a board that was switched on. Frames in transit to an earlier one are dropped.
    pub(crate) fn connect(&mut self, board: TcpStream) {
        let _ = board.set_nodelay(true);
        let (from, to) = board.into_split();
        let (sender, frames) = mpsc::unbounded_channel();
        tokio::spawn(read(from, sender));
        *self = Self { board: Some(to), frames: Some(frames), ..Self::default() };
    }

    /// Waits for a frame from the board. Cancel safe.
    pub(crate) async fn frame(&mut self) -> Vec<u8> {
        let frame = match &mut self.frames {
            Some(frames) => frames.recv().await,
            None => None,
        };
        match frame {
            Some(frame) => {
                self.received = self.received.wrapping_add(1);
                frame
            }
            None => core::future::pending().await,
        }
    }

    /// Sends the stack's frames to the board, except those for which `drops` returns `true`.
    pub(crate) async fn send(&mut self, mut drops: impl FnMut() -> bool) {
        while let Some(frame) = self.to_board.pop_front() {
            let Some(board) = &mut self.board else { continue };
            if drops() {
                continue;
            }
            // The emulator's protocol: each frame is preceded by its length.
            let mut message = u32::try_from(frame.len()).unwrap_or_default().to_be_bytes().to_vec();
            message.extend(frame);
            match board.write_all(&message).await {
                Ok(()) => self.sent = self.sent.wrapping_add(1),
                Err(_) => self.board = None,
            }
        }
    }
}

async fn read(mut board: OwnedReadHalf, frames: mpsc::UnboundedSender<Vec<u8>>) {
    while let Ok(length) = board.read_u32().await {
        if length > MAX_FRAME {
            return;
        }
        let mut frame = vec![0; length as usize];
        if board.read_exact(&mut frame).await.is_err() || frames.send(frame).is_err() {
            return;
        }
    }
}

impl Device for Cable {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sending<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sending<'_>)> {
        let frame = self.from_board.pop_front()?;
        Some((Received(frame), Sending(&mut self.to_board)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_>> {
        Some(Sending(&mut self.to_board))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

pub(crate) struct Received(Vec<u8>);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

pub(crate) struct Sending<'a>(&'a mut VecDeque<Vec<u8>>);

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut frame = vec![0; length];
        let result = f(&mut frame);
        self.0.push_back(frame);
        result
    }
}
