//! Time that nobody needs is left out, when whoever has the time in hand agrees: days pass in seconds, and nothing is missed.
//!
//! A processor that has nothing to do before its next deadline asks, over the second serial line, whether it may leap there. At
//! the other end is the network (`tests/suites/firmware`), which says yes when nothing is on its way: every frame that was sent has come
//! and is dealt with, and no host owes an answer. It moves its own time by as much. What goes on meanwhile makes the question void.
//!
//! | | bytes, little endian |
//! |---|---|
//! | question | its number (1), frames sent (4), frames received (4), microseconds to the next deadline (8) |
//! | answer | the question's number (1), microseconds to leave out, at most those (8) |

use core::cell::RefCell;

use critical_section::{CriticalSection, Mutex};

use crate::interrupt::Irq;
use crate::{ethernet, uart};

const ANSWER: usize = 9;

static TALK: Mutex<RefCell<Talk>> =
    Mutex::new(RefCell::new(Talk { number: 0, answer: [0; ANSWER], length: 0 }));

struct Talk {
    /// The last question's.
    number: u8,
    answer: [u8; ANSWER],
    length: usize,
}

/// Opens the line. To be called once.
pub(crate) fn open() {
    uart::SECOND.open(Irq::Leap);
}

/// Asks. An answer to an earlier question is void from now on.
pub(crate) fn ask(microseconds: u64) {
    let number = critical_section::with(|section| {
        let talk = &mut *TALK.borrow_ref_mut(section);
        talk.number = talk.number.wrapping_add(1);
        talk.number
    });
    let (sent, received) = ethernet::frames();
    let parts: [&[u8]; 4] =
        [&[number], &sent.to_le_bytes(), &received.to_le_bytes(), &microseconds.to_le_bytes()];
    for byte in parts.into_iter().flatten() {
        uart::SECOND.send(*byte);
    }
}

/// Whether an answer has come that nobody has taken yet.
pub(crate) fn is_answered(section: CriticalSection<'_>) -> bool {
    TALK.borrow_ref(section).length == ANSWER
}

/// The answer to the last question, in microseconds, once.
pub(crate) fn answer() -> Option<u64> {
    critical_section::with(|section| {
        let talk = &mut *TALK.borrow_ref_mut(section);
        if talk.length < ANSWER {
            return None;
        }
        talk.length = 0;
        let [number, rest @ ..] = talk.answer;
        (number == talk.number).then_some(u64::from_le_bytes(rest))
    })
}

/// The line's interrupt.
pub(crate) extern "C" fn on_interrupt() {
    critical_section::with(|section| {
        let talk = &mut *TALK.borrow_ref_mut(section);
        uart::SECOND.receive(|byte| {
            // An answer that nobody has taken yet makes way.
            talk.length = if talk.length < ANSWER { talk.length } else { 0 };
            if let Some(place) = talk.answer.get_mut(talk.length) {
                *place = byte;
                talk.length += 1;
            }
        });
    });
}
