//! A text as a sequence of words, with identifiers split at underscores and capitals.

use std::collections::HashMap;

/// The characters that may be between two words of a phrase besides white space: the underscore of a name, the marks of a
/// comment.
const JOINTS: &[char] = &['_', '-', '/', '!', '#', '*', ',', '\''];

pub(super) struct Text<'a> {
    whole: &'a str,
    lower: String,
    words: Vec<Word<'a>>,
    /// The position of each word of `words` in the text, in lower case.
    places: HashMap<String, Vec<usize>>,
}

struct Word<'a> {
    letters: &'a str,
    begin: usize,
    line: usize,
    /// Whether the phrase may continue from the previous word: no end of a sentence and no bracket between them.
    joined: bool,
}

impl<'a> Text<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        let mut words: Vec<Word<'a>> = Vec::new();
        let mut line = 1;
        let mut end = 0;
        while let Some((begin, next)) = next_word(text, end) {
            let between = &text[end..begin];
            line += between.matches('\n').count();
            let joined = between.chars().all(|letter| letter.is_whitespace() || JOINTS.contains(&letter));
            words.push(Word { letters: &text[begin..next], begin, line, joined });
            end = next;
        }
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, word) in words.iter().enumerate() {
            places.entry(word.letters.to_ascii_lowercase()).or_default().push(index);
        }
        // The text keeps its length, since only ASCII changes.
        Self { whole: text, lower: text.to_ascii_lowercase(), words, places }
    }

    /// Returns the lines in which a phrase begins, except in a right use.
    pub(super) fn find(&self, phrase: &[String], right: &[String]) -> Vec<usize> {
        let first = self.places.get(&phrase[0].to_ascii_lowercase());
        let places = first.into_iter().flatten().filter_map(|at| self.words.get(*at..at + phrase.len()));
        let places = places.filter(|words| {
            let all = words.iter().zip(phrase).all(|(word, wanted)| same(word.letters, wanted));
            all && words[1..].iter().all(|word| word.joined)
        });
        let wrong = places.filter(|words| {
            let last = &words[words.len() - 1];
            !right.iter().any(|right| self.is_within(right, words[0].begin, last.begin + last.letters.len()))
        });
        wrong.map(|words| words[0].line).collect()
    }

    /// Returns whether an occurrence of `right` covers these bytes.
    fn is_within(&self, right: &str, begin: usize, end: usize) -> bool {
        let first = begin.saturating_sub(right.len());
        (first..=begin).any(|at| {
            self.whole.is_char_boundary(at) && self.lower[at..].starts_with(right) && at + right.len() >= end
        })
    }
}

/// A word with capitals is compared with its capitals.
fn same(word: &str, wanted: &str) -> bool {
    if wanted.bytes().any(|letter| letter.is_ascii_uppercase()) {
        word == wanted
    } else {
        word.eq_ignore_ascii_case(wanted)
    }
}

/// Returns the range of the next word: letters up to another character, or up to the capital that begins the next part of a name.
fn next_word(text: &str, from: usize) -> Option<(usize, usize)> {
    let begin = from + text[from..].find(char::is_alphabetic)?;
    let mut letters = text[begin..].char_indices().peekable();
    let (_, mut before) = letters.next()?;
    while let Some((at, letter)) = letters.next() {
        let next_is_small = letters.peek().is_some_and(|(_, next)| next.is_lowercase());
        let begins_part =
            letter.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next_is_small));
        if !letter.is_alphabetic() || begins_part {
            return Some((begin, begin + at));
        }
        before = letter;
    }
    Some((begin, text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let words =
            |text: &'static str| Text::read(text).words.iter().map(|it| it.letters).collect::<Vec<_>>();
        assert_eq!(
            words("is_idle LaneMutex HTTPServer x2y"),
            ["is", "idle", "Lane", "Mutex", "HTTP", "Server", "x", "y"]
        );
    }
}
