//! Several bytes at a time: questions about each byte of a machine word, answered without branches.
//!
//! Each answer is a word whose bytes have their highest bit set for "yes". That bit is free because only ASCII is asked
//! about, and because of that a sum carries nothing over to the neighbouring byte.

/// As many bytes as the machine takes at once.
pub(super) type Word = usize;
pub(super) const WORD: usize = size_of::<Word>();

/// 1 in every byte.
const ONES: Word = Word::MAX / 0xff;
/// The highest bit of every byte.
const HIGHS: Word = ONES * 0x80;

/// Which bytes are a quote, a backslash, a control character or no ASCII: what ends a run of ordinary characters in a JSON
/// string. Gives how many bytes stand before the first such one; `None` if there is none.
#[inline]
pub(super) const fn ordinary(bytes: [u8; WORD]) -> Option<usize> {
    let word = Word::from_le_bytes(bytes);
    let control = word.wrapping_sub(ONES * 0x20);
    let quote = (word ^ (ONES * b'"' as Word)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * b'\\' as Word)).wrapping_sub(ONES);
    // The lowest bit set is right; above it others may be wrong, because the subtractions borrow.
    let special = (control | quote | backslash | word) & HIGHS;
    if special == 0 { None } else { Some(special.trailing_zeros() as usize / 8) }
}

/// Whether all are letters, digits, `-`, `.`, `/` or `_`.
#[inline]
pub(super) const fn is_all_token(bytes: [u8; WORD]) -> bool {
    let word = Word::from_le_bytes(bytes);
    all(word, letter(word) | between(word, b'-', b'9') | equal(word, b'_'))
}

/// Whether all are letters, digits, `-`, `.` or `_`.
#[inline]
pub(super) const fn is_all_unreserved(bytes: [u8; WORD]) -> bool {
    let word = Word::from_le_bytes(bytes);
    all(word, letter(word) | between(word, b'0', b'9') | between(word, b'-', b'.') | equal(word, b'_'))
}

/// Whether the answer is "yes" for all bytes, and all are ASCII.
const fn all(word: Word, answer: Word) -> bool {
    answer & !word & HIGHS == HIGHS
}

const fn letter(word: Word) -> Word {
    between(word | (ONES * 0x20), b'a', b'z')
}

const fn between(word: Word, least: u8, greatest: u8) -> Word {
    at_least(word, least) & !at_least(word, greatest + 1)
}

const fn equal(word: Word, byte: u8) -> Word {
    !at_least(word ^ (ONES * byte as Word), 1)
}

const fn at_least(word: Word, least: u8) -> Word {
    word.wrapping_add(ONES * (0x80 - least as Word))
}
