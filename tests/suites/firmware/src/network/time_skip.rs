//! The network's side of time skips (`firmware/emulated/src/time_skip.rs`): a board asks whether it may skip the time until its next
//! deadline, and may do so when nothing is in transit.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

/// A board's question whether it may skip time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    number: u8,
    /// Frames that the board has sent and received.
    pub(crate) sent: u32,
    pub(crate) received: u32,
    /// Time to its next deadline.
    pub(crate) wanted: Duration,
}

/// The serial line to the board.
#[derive(Default)]
pub(crate) struct Line {
    board: Option<OwnedWriteHalf>,
    questions: Option<mpsc::UnboundedReceiver<Question>>,
    /// The last question, until it is answered.
    pub(crate) pending: Option<Question>,
}

impl Line {
    /// Connects a board that was switched on.
    pub(crate) fn connect(&mut self, board: TcpStream) {
        let _ = board.set_nodelay(true);
        let (from, to) = board.into_split();
        let (sender, questions) = mpsc::unbounded_channel();
        tokio::spawn(read(from, sender));
        *self = Self { board: Some(to), questions: Some(questions), pending: None };
    }

    /// Waits for the next question, which makes earlier ones void. Cancel safe.
    pub(crate) async fn next_question(&mut self) {
        let question = match &mut self.questions {
            Some(questions) => questions.recv().await,
            None => None,
        };
        match question {
            Some(question) => self.pending = Some(question),
            None => core::future::pending().await,
        }
    }

    /// Answers the pending question.
    pub(crate) async fn grant(&mut self, time: Duration) {
        let (Some(question), Some(board)) = (self.pending.take(), &mut self.board) else { return };
        let mut answer = vec![question.number];
        answer.extend(u64::try_from(time.as_micros()).unwrap_or(u64::MAX).to_le_bytes());
        if board.write_all(&answer).await.is_err() {
            self.board = None;
        }
    }
}

async fn read(mut board: OwnedReadHalf, questions: mpsc::UnboundedSender<Question>) {
    while let Ok(number) = board.read_u8().await {
        let (Ok(sent), Ok(received), Ok(wanted)) =
            (board.read_u32_le().await, board.read_u32_le().await, board.read_u64_le().await)
        else {
            return;
        };
        let question = Question { number, sent, received, wanted: Duration::from_micros(wanted) };
        if questions.send(question).is_err() {
            return;
        }
    }
}
