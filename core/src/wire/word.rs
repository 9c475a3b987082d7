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
#[inline(never)]
pub(super) fn skip_ordinary(text: &[u8], at: usize) -> usize {
    let mut rest = text.get(at..).unwrap_or_default();
    while let Some((word, behind)) = rest.split_first_chunk() {
        let special = special(Word::from_le_bytes(*word));
        if special != 0 {
            return text.len() - rest.len() + special.trailing_zeros() as usize / 8;
        }
        rest = behind;
    }
    // Less than a word is left of the text.
    let ordinary =
        rest.iter().take_while(|&&byte| matches!(byte, 0x20..0x80) && !matches!(byte, b'"' | b'\\')).count();
    text.len() - rest.len() + ordinary
}

/// Marks what is not ordinary: the lowest bit set is right. Above it others may be wrong, because the subtractions borrow.
const fn special(word: Word) -> Word {
    let control = word.wrapping_sub(ONES * 0x20);
    let quote = (word ^ (ONES * b'"' as Word)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * b'\\' as Word)).wrapping_sub(ONES);
    (control | quote | backslash | word) & HIGHS
}

/// Whether the compiler has registers to do the same to many bytes with.
const HAS_VECTORS: bool = cfg!(any(target_feature = "sse2", target_feature = "neon"));

/// How many bytes at the beginning are letters, digits, `-`, `.`, `/` or `_`; a few less, perhaps.
#[inline(never)]
pub(super) fn token_run(bytes: &[u8]) -> usize {
    if HAS_VECTORS {
        run::<16>(bytes, |chunk| chunk.iter().fold(true, |all, &byte| all & is_token(byte)))
    } else {
        run(bytes, |word| are_all(word, |word| letter(word) | between(word, b'-', b'9') | equal(word, b'_')))
    }
}

/// [`token_run`]'s characters.
#[allow(
    clippy::needless_bitwise_bool,
    reason = "without branches, many of them become a few vector instructions"
)]
pub(super) const fn is_token(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'-') < 13) | (byte == b'_')
}

/// How many bytes at the beginning are letters, digits, `-`, `.` or `_`; a few less, perhaps, but not if all are.
#[inline(never)]
pub(super) fn unreserved_run(bytes: &[u8]) -> usize {
    let mut length = 0;
    if HAS_VECTORS {
        length = run::<32>(bytes, |chunk| chunk.iter().fold(true, |all, &byte| all & is_unreserved(byte)));
    }
    let are_unreserved = |word: &[u8; WORD]| {
        are_all(word, |word| {
            letter(word) | between(word, b'0', b'9') | between(word, b'-', b'.') | equal(word, b'_')
        })
    };
    length += run(bytes.get(length..).unwrap_or_default(), are_unreserved);
    // If less than a word is left, the last word overlaps what was seen.
    let is_last = bytes.len() - length < WORD;
    if is_last && bytes.last_chunk().is_some_and(are_unreserved) { bytes.len() } else { length }
}

#[allow(clippy::needless_bitwise_bool, reason = "as in `is_token`")]
const fn is_unreserved(byte: u8) -> bool {
    is_token(byte) & (byte != b'/')
}

/// How many bytes the chunks at the beginning have that are all of a class.
fn run<const CHUNK: usize>(bytes: &[u8], are: impl Fn(&[u8; CHUNK]) -> bool) -> usize {
    bytes.as_chunks().0.iter().take_while(|&chunk| are(chunk)).count() * CHUNK
}

/// Whether `marks` marks every byte, and all are ASCII.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "that is how iterators of chunks give them")]
fn are_all(word: &[u8; WORD], marks: impl Fn(Word) -> Word) -> bool {
    let word = Word::from_le_bytes(*word);
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
