//! Skipping of idle time: days of board time pass in seconds, and no event is missed.
//!
//! A processor that has nothing to do before its next deadline asks, over the second serial line, whether it may skip to that
//! deadline. The network at the other end (`tests/suites/firmware`) allows it when nothing is in transit: every frame that was sent has
//! arrived and has been processed, and no host still has to respond. The network moves its own time by the same amount. Any activity
//! in the meantime makes the question void.
//!
//! | | bytes, little endian |
//! |---|---|
//! | question | its number (1), frames sent (4), frames received (4), microseconds to the next deadline (8) |
//! | answer | the question's number (1), microseconds to skip, at most those asked for (8) |

const ANSWER: usize = 9;

/// The questions asked and the answers received.
pub(crate) struct Dialogue {
    /// Number of the last question.
    number: u8,
    /// The answer, as far as it has been received.
    answer: [u8; ANSWER],
    length: usize,
}

impl Dialogue {
    pub(crate) const fn new() -> Self {
        Self { number: 0, answer: [0; ANSWER], length: 0 }
    }

    /// Asks whether `microseconds` may be skipped. An answer to an earlier question is void from now on.
    pub(crate) fn ask(&mut self, microseconds: u64, frames: (u32, u32), put: impl Fn(u8)) {
        self.number = self.number.wrapping_add(1);
        let (sent, received) = frames;
        let parts: [&[u8]; 4] =
            [&[self.number], &sent.to_le_bytes(), &received.to_le_bytes(), &microseconds.to_le_bytes()];
        for byte in parts.into_iter().flatten() {
            put(*byte);
        }
    }

    /// Stores a received byte. A complete answer that was not taken is overwritten by the next one.
    pub(crate) fn receive(&mut self, byte: u8) {
        self.length = if self.length < ANSWER { self.length } else { 0 };
        if let Some(target) = self.answer.get_mut(self.length) {
            *target = byte;
            self.length += 1;
        }
    }

    /// Returns whether an answer has been received that [`Dialogue::take_answer`] has not returned yet.
    pub(crate) fn has_answer(&self) -> bool {
        self.length == ANSWER
    }

    /// Returns the answer to the last question, in microseconds, once.
    pub(crate) fn take_answer(&mut self) -> Option<u64> {
        if !self.has_answer() {
            return None;
        }
        self.length = 0;
        let [number, rest @ ..] = self.answer;
        (number == self.number).then_some(u64::from_le_bytes(rest))
    }
}
