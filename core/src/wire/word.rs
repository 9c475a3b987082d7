//! Several bytes at a time: questions about each byte of a machine word, answered without branches.
//!
//! Each answer is a word whose bytes have their highest bit set for "yes". Only ASCII counts: there that bit is free, and a
//! sum carries nothing over to the neighbouring byte.

/// As many bytes as the machine takes at once.
pub(super) type Word = usize;
pub(super) const WORD: usize = size_of::<Word>();

/// 1 in every byte.
const ONES: Word = Word::MAX / 0xff;
/// The highest bit of every byte.
const HIGHS: Word = ONES * 0x80;

/// Goes past ordinary characters of a JSON string: ASCII, but for quotes, backslashes and control characters.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) fn skip_ordinary(text: &[u8], at: usize) -> usize {
    let mut at = at;
    for word in text.get(at..).unwrap_or_default().as_chunks().0 {
        let special = special(Word::from_le_bytes(*word));
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += WORD;
    }
    // Less than a word is left of the text. The last word overlaps what was seen.
    if cfg!(target_pointer_width = "64")
        && let Some(last) = text.last_chunk()
        && special(Word::from_le_bytes(*last)) == 0
    {
        return text.len();
    }
    while let Some(&byte) = text.get(at)
        && special(Word::from(byte)) & 0x80 == 0
    {
        at += 1;
    }
    at
}

/// Marks what is not ordinary: the lowest bit set is right. Above it others may be wrong, because the subtractions borrow.
const fn special(word: Word) -> Word {
    // Exchanges the quote with the space: what is special then is less than what is not.
    let controls_and_quote = (word ^ (ONES * 2)).wrapping_sub(ONES * 0x21);
    let backslash = (word ^ (ONES * b'\\' as Word)).wrapping_sub(ONES);
    (controls_and_quote | backslash | word) & HIGHS
}

/// Whether the compiler has registers to do the same to many bytes with.
const HAS_VECTORS: bool = cfg!(any(target_feature = "sse2", target_feature = "neon"));

/// How many bytes at the beginning are letters, digits, `-`, `.` or `_`; a few less, perhaps, but not if all are.
#[inline(never)]
pub(super) fn unreserved_run(bytes: &[u8]) -> usize {
    let mut length = 0;
    if HAS_VECTORS {
        length = run::<32>(bytes, |chunk| chunk.iter().fold(true, |all, &byte| all & is_unreserved(byte)));
    }
    let are_unreserved = |word: &[u8; WORD]| {
        are_all(*word, |word| {
            letter(word) | between(word, b'0', b'9') | between(word, b'-', b'.') | equal(word, b'_')
        })
    };
    length += run(bytes.get(length..).unwrap_or_default(), are_unreserved);
    // If less than a word is left, the last word overlaps what was seen.
    let is_last = bytes.len() - length < WORD;
    if is_last && bytes.last_chunk().is_some_and(are_unreserved) { bytes.len() } else { length }
}

#[allow(
    clippy::needless_bitwise_bool,
    reason = "without branches, many of them become a few vector instructions"
)]
const fn is_unreserved(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26)
        | (byte.wrapping_sub(b'-') < 2)
        | (byte.wrapping_sub(b'0') < 10)
        | (byte == b'_')
}

/// How many bytes the chunks at the beginning have that are all of a class.
fn run<const CHUNK: usize>(bytes: &[u8], are: impl Fn(&[u8; CHUNK]) -> bool) -> usize {
    bytes.as_chunks().0.iter().take_while(|&chunk| are(chunk)).count() * CHUNK
}

/// Whether `marks` marks every byte, and all are ASCII.
fn are_all(word: [u8; WORD], marks: impl Fn(Word) -> Word) -> bool {
    let word = Word::from_le_bytes(word);
    marks(word) & !word & HIGHS == HIGHS
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

/// Marks bytes that are no letters, digits, `-`, `.`, `/` or `_`. The lowest mark is right, as are all if there is none.
#[inline]
pub(super) const fn others_than_usual_token(word: [u8; WORD]) -> Word {
    let word = Word::from_le_bytes(word);
    !(letter(word) | between(word, b'-', b'9') | equal(word, b'_')) & HIGHS | word & HIGHS
}

/// How many bytes at the beginning are letters, digits, `-`, `.`, `/` or `_`.
#[inline]
pub(super) fn usual_token_run(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((word, behind)) = rest.split_first_chunk() {
        let others = others_than_usual_token(*word);
        if others != 0 {
            return bytes.len() - rest.len() + others.trailing_zeros() as usize / 8;
        }
        rest = behind;
    }
    let few = rest.iter().take_while(|&&byte| super::run::is_usual_token(byte)).count();
    bytes.len() - rest.len() + few
}
