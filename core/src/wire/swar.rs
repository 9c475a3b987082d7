//! SIMD within a register: classifies all bytes of a machine word at once, without branches.
//!
//! A `mark_…` function returns a word whose bytes have their highest bit set where the byte is in the class. Only ASCII is
//! supported: its highest bit is free, and no sum carries into the neighbouring byte.
//!
//! A leaf module: the callers decide which class is needed where.

/// An integer as wide as a register.
pub(super) type Word = usize;
pub(super) const WORD: usize = size_of::<Word>();

/// 1 in every byte.
const ONES: Word = Word::MAX / 0xff;
/// The highest bit of every byte.
const HIGHS: Word = ONES * 0x80;

/// Returns the offset of the first byte from `at` on that is not an ordinary character of a JSON string: ASCII without quotation
/// marks, backslashes and control characters (RFC 8259 section 7).
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) fn skip_ordinary(text: &[u8], at: usize) -> usize {
    let mut at = at;
    for word in text.get(at..).unwrap_or_default().as_chunks().0 {
        let special = mark_special(Word::from_le_bytes(*word));
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += WORD;
    }
    // Less than a word is left of the text. The last word overlaps the previous one.
    if cfg!(target_pointer_width = "64")
        && let Some(last) = text.last_chunk()
        && mark_special(Word::from_le_bytes(*last)) == 0
    {
        return text.len();
    }
    while let Some(&byte) = text.get(at)
        && mark_special(Word::from(byte)) & 0x80 == 0
    {
        at += 1;
    }
    at
}

/// Marks bytes that are not ordinary. Only the lowest mark is reliable: above it the subtractions borrow.
const fn mark_special(word: Word) -> Word {
    // Exchanges the quotation mark (0x22) with the space (0x20): then all special ASCII but the backslash is below 0x21.
    let controls_and_quote = (word ^ (ONES * 2)).wrapping_sub(ONES * 0x21);
    let backslash = (word ^ (ONES * b'\\' as Word)).wrapping_sub(ONES);
    (controls_and_quote | backslash | word) & HIGHS
}

/// Whether the target has vector registers that the compiler uses automatically.
const HAS_VECTORS: bool = cfg!(any(target_feature = "sse2", target_feature = "neon"));

/// Returns a lower bound of the number of leading bytes that are letters, digits, `-`, `.` or `_`; exact if all are.
#[inline(never)]
pub(super) fn unreserved_run(bytes: &[u8]) -> usize {
    let mut length = 0;
    if HAS_VECTORS {
        length = leading_chunks::<32>(bytes, |chunk| {
            chunk.iter().fold(true, |all, &byte| all & is_unreserved(byte))
        });
    }
    let are_unreserved = |word: &[u8; WORD]| {
        all_are_marked(*word, |word| {
            mark_letters(word)
                | mark_range(word, b'0', b'9')
                | mark_range(word, b'-', b'.')
                | mark_equal(word, b'_')
        })
    };
    length += leading_chunks(bytes.get(length..).unwrap_or_default(), are_unreserved);
    // If less than a word is left, the last word overlaps the previous one.
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

/// Returns the number of bytes in the leading chunks for which `are` holds.
fn leading_chunks<const CHUNK: usize>(bytes: &[u8], are: impl Fn(&[u8; CHUNK]) -> bool) -> usize {
    bytes.as_chunks().0.iter().take_while(|&chunk| are(chunk)).count() * CHUNK
}

/// Returns whether every byte is ASCII and marked by `marks`.
fn all_are_marked(word: [u8; WORD], marks: impl Fn(Word) -> Word) -> bool {
    let word = Word::from_le_bytes(word);
    marks(word) & !word & HIGHS == HIGHS
}

const fn mark_letters(word: Word) -> Word {
    mark_range(word | (ONES * 0x20), b'a', b'z')
}

const fn mark_range(word: Word, least: u8, greatest: u8) -> Word {
    mark_at_least(word, least) & !mark_at_least(word, greatest + 1)
}

const fn mark_equal(word: Word, byte: u8) -> Word {
    !mark_at_least(word ^ (ONES * byte as Word), 1)
}

const fn mark_at_least(word: Word, least: u8) -> Word {
    word.wrapping_add(ONES * (0x80 - least as Word))
}

/// Marks bytes that are not letters, digits, `-`, `.`, `/` or `_`. The lowest mark is reliable; so is the absence of marks.
#[inline]
pub(super) const fn mark_uncommon_token(word: [u8; WORD]) -> Word {
    let word = Word::from_le_bytes(word);
    !(mark_letters(word) | mark_range(word, b'-', b'9') | mark_equal(word, b'_')) & HIGHS | word & HIGHS
}
