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

/// Goes past ordinary characters of a JSON string: ASCII, but for quotes, backslashes and control characters. A few more of
/// them may follow near the end of the text.
#[inline(never)]
pub(super) fn skip_ordinary(text: &[u8], at: usize) -> usize {
    let mut rest = text.get(at..).unwrap_or_default();
    let mut ordinary = 0;
    while let Some((word, behind)) = rest.split_first_chunk() {
        let special = special(Word::from_le_bytes(*word));
        if special != 0 {
            ordinary = special.trailing_zeros() as usize / 8;
            break;
        }
        rest = behind;
    }
    text.len() - rest.len() + ordinary
}

/// Marks what is not ordinary: the lowest bit set is right. Above it others may be wrong, because the subtractions borrow.
const fn special(word: Word) -> Word {
    let control = word.wrapping_sub(ONES * 0x20);
    let quote = (word ^ (ONES * b'"' as Word)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * b'\\' as Word)).wrapping_sub(ONES);
    (control | quote | backslash | word) & HIGHS
}

/// How many bytes at the beginning are letters, digits, `-`, `.`, `/` or `_`; a few less, perhaps.
#[inline(never)]
pub(super) fn token_run(bytes: &[u8]) -> usize {
    run(bytes, is_token, |word| letter(word) | between(word, b'-', b'9') | equal(word, b'_'))
}

/// [`token_run`]'s characters.
#[allow(
    clippy::needless_bitwise_bool,
    reason = "without branches, many of them become a few vector instructions"
)]
pub(super) const fn is_token(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'-') < 13) | (byte == b'_')
}

/// How many bytes at the beginning are letters, digits, `-`, `.` or `_`; a few less, perhaps.
#[inline(never)]
pub(super) fn unreserved_run(bytes: &[u8]) -> usize {
    run(bytes, is_unreserved, |word| {
        letter(word) | between(word, b'0', b'9') | between(word, b'-', b'.') | equal(word, b'_')
    })
}

#[allow(clippy::needless_bitwise_bool, reason = "as in `is_token`")]
const fn is_unreserved(byte: u8) -> bool {
    is_token(byte) & (byte != b'/')
}

/// Whether the compiler has registers to do the same to many bytes with.
const HAS_VECTORS: bool = cfg!(any(target_feature = "sse2", target_feature = "neon"));

/// How many bytes at the beginning are in a class, of which `is` knows one byte and `are` a word.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is the body of two functions")]
fn run(bytes: &[u8], is: impl Fn(u8) -> bool, are: impl Fn(Word) -> Word) -> usize {
    let mut run = 0;
    if HAS_VECTORS {
        for chunk in bytes.as_chunks::<32>().0 {
            if !chunk.iter().fold(true, |all, &byte| all & is(byte)) {
                break;
            }
            run += 32;
        }
    }
    let are_all = |word: &[u8; WORD]| {
        let word = Word::from_le_bytes(*word);
        are(word) & !word & HIGHS == HIGHS
    };
    for word in bytes.get(run..).unwrap_or_default().as_chunks().0 {
        if !are_all(word) {
            return run;
        }
        run += WORD;
    }
    // Less than a word is left: see whether the last word, which overlaps what was seen, is all of the class.
    match bytes.last_chunk() {
        Some(word) if are_all(word) => bytes.len(),
        _ => run,
    }
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
