//! The names of the requested members, and finding one of them in a text.
//!
//! A leaf, tuned for size: names are packed into one byte string without pointers.

use super::super::field::Field;
use super::super::string;

/// The index for an unknown name.
pub(super) const NO_INDEX: usize = 6;

/// The requested members of the outermost object. The value of the first one probably consists of
/// [token](super::super::char_class::TOKEN) characters only, which is tried first.
pub(in crate::wire) struct Names {
    pub(in crate::wire) all: &'static Words,
    /// The fields of the first names, which must not occur twice.
    pub(in crate::wire) once: &'static [Field],
}

impl Names {
    /// Returns whether the first name is that of an access token. Devices read the code of a refusal as if it were one, because
    /// distinguishing the two costs more there.
    pub(super) const fn first_is_a_token(&self) -> bool {
        cfg!(not(target_pointer_width = "64")) || self.once.len() > 1
    }
}

/// Texts in one byte string, each after a byte with its length, which saves a pointer for each of them.
pub(in crate::wire) type Words = [u8];

/// Packs texts into `LENGTH` bytes: their bytes and one length byte each.
pub(in crate::wire) const fn words<const LENGTH: usize>(texts: &[&str]) -> [u8; LENGTH] {
    let mut words = [0; LENGTH];
    let (mut text, mut at) = (0, 0);
    while text < texts.len() {
        let bytes = texts[text].as_bytes();
        assert!(bytes.len() <= 0xff);
        words[at] = bytes.len().to_le_bytes()[0];
        let mut byte = 0;
        while byte < bytes.len() {
            words[at + 1 + byte] = bytes[byte];
            byte += 1;
        }
        at += 1 + byte;
        text += 1;
    }
    assert!(at == LENGTH);
    words
}

/// Returns index and length of the word that `text` begins with, if the byte `end` follows it; `usize::MAX` and 0 if there is none.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(in crate::wire) fn position(words: &Words, text: &[u8], end: u8) -> (usize, usize) {
    let mut rest = words;
    let mut index = 0;
    while let Some((&length, behind)) = rest.split_first()
        && let Some((word, behind)) = behind.split_at_checked(length.into())
    {
        if let Some((start, [next, ..])) = text.split_at_checked(word.len())
            && *next == end
            && is_same(word, start)
        {
            return (index, word.len());
        }
        rest = behind;
        index += 1;
    }
    (usize::MAX, 0)
}

/// Returns the index of a name that is written with escapes (RFC 8259 section 8.3).
#[cold]
#[inline(never)]
pub(super) fn position_of_escaped(words: &Words, text: &[u8]) -> usize {
    // A longer text, or one with other characters, is not in the list.
    let mut decoded = [0; 20];
    string::copy_visible(text, string::ESCAPES, &mut decoded, true);
    position(words, &decoded, 0).0
}

/// Returns whether two texts of the same length, at least four bytes, are equal.
#[inline(always)]
fn is_same(word: &[u8], text: &[u8]) -> bool {
    if cfg!(not(target_pointer_width = "64")) {
        return word.iter().zip(text).all(|(word, text)| word == text);
    }
    // Four bytes at a time, which needs neither a call nor many iterations.
    let fours = |text| <[u8]>::as_chunks::<4>(text).0.iter().map(|four| u32::from_ne_bytes(*four));
    fours(word).zip(fours(text)).all(|(word, text)| word == text)
        && word.last_chunk::<4>().zip(text.last_chunk::<4>()).is_some_and(|(word, text)| word == text)
}
