//! The list of words: `words.txt`, whose head describes the format.

use crate::failure::Failure;

const LIST: &str = include_str!("words.txt");

pub(super) struct Rule {
    /// The words or phrases, each a list of words.
    pub(super) phrases: Vec<Vec<String>>,
    /// The name of a file, for a rule about names of files.
    pub(super) file: Option<String>,
    pub(super) instead: String,
    /// Texts around a word in which it is right, in lower case.
    pub(super) right: Vec<String>,
}

pub(super) fn rules() -> Result<Vec<Rule>, Failure> {
    read(LIST)
}

pub(super) fn read(list: &str) -> Result<Vec<Rule>, Failure> {
    let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(rule).collect()
}

fn rule(line: &str) -> Result<Rule, Failure> {
    let mut columns = line.split('|').map(str::trim);
    let (words, instead) = columns.next().zip(columns.next()).ok_or_else(|| format!("not a rule: {line}"))?;
    let file = words.strip_prefix("file:").map(|name| name.trim().to_owned());
    let phrases = if file.is_some() { "" } else { words };
    let phrases = phrases.split(", ").map(|phrase| phrase.split_whitespace().map(str::to_owned).collect());
    let right = columns.next().unwrap_or_default().split(';').map(|text| text.trim().to_lowercase());
    Ok(Rule {
        phrases: phrases.filter(|phrase: &Vec<_>| !phrase.is_empty()).collect(),
        file,
        instead: instead.to_owned(),
        right: right.filter(|text| !text.is_empty()).collect(),
    })
}
