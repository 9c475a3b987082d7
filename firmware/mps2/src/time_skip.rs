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

use core::cell::RefCell;

use critical_section::{CriticalSection, Mutex};

use crate::interrupt::Irq;
use crate::{ethernet, uart};

const ANSWER: usize = 9;

static DIALOGUE: Mutex<RefCell<Dialogue>> =
    Mutex::new(RefCell::new(Dialogue { number: 0, answer: [0; ANSWER], length: 0 }));

struct Dialogue {
    /// Number of the last question.
    number: u8,
    /// The answer, as far as it has been received.
    answer: [u8; ANSWER],
    length: usize,
}

/// Opens the serial line. To be called once.
pub(crate) fn open() {
    uart::SECOND.open(Irq::TimeSkip);
}

/// Asks whether `microseconds` may be skipped. An answer to an earlier question is void from now on.
pub(crate) fn ask(microseconds: u64) {
    let number = critical_section::with(|section| {
        let dialogue = &mut *DIALOGUE.borrow_ref_mut(section);
        dialogue.number = dialogue.number.wrapping_add(1);
        dialogue.number
    });
    let (sent, received) = ethernet::frames();
    let parts: [&[u8]; 4] =
        [&[number], &sent.to_le_bytes(), &received.to_le_bytes(), &microseconds.to_le_bytes()];
    for byte in parts.into_iter().flatten() {
        uart::SECOND.send(*byte);
    }
}

/// Returns whether an answer has been received that [`take_answer`] has not returned yet.
pub(crate) fn has_answer(section: CriticalSection<'_>) -> bool {
    DIALOGUE.borrow_ref(section).length == ANSWER
}

/// Returns the answer to the last question, in microseconds, once.
pub(crate) fn take_answer() -> Option<u64> {
    critical_section::with(|section| {
        let dialogue = &mut *DIALOGUE.borrow_ref_mut(section);
        if dialogue.length < ANSWER {
            return None;
        }
        dialogue.length = 0;
        let [number, rest @ ..] = dialogue.answer;
        (number == dialogue.number).then_some(u64::from_le_bytes(rest))
    })
}

/// Handles the serial line's interrupt.
pub(crate) extern "C" fn on_interrupt() {
    critical_section::with(|section| {
        let dialogue = &mut *DIALOGUE.borrow_ref_mut(section);
        uart::SECOND.receive(|byte| {
            // A complete answer that was not taken is overwritten by the next one.
            dialogue.length = if dialogue.length < ANSWER { dialogue.length } else { 0 };
            if let Some(target) = dialogue.answer.get_mut(dialogue.length) {
                *target = byte;
                dialogue.length += 1;
            }
        });
    });
}
