//! Typed access to a TOML document: every error has a line and a column, and no error repeats a value of the file.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// An error in the configuration, with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    line: usize,
    column: usize,
    message: String,
}

impl ConfigError {
    /// Returns the line, counted from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// Returns the column in characters, counted from 1.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ConfigError {}

/// The text of a configuration file, for positions.
#[derive(Clone, Copy)]
pub(super) struct Source<'a>(pub(super) &'a str);

impl Source<'_> {
    pub(super) fn error(self, at: &Range<usize>, message: impl Into<String>) -> ConfigError {
        let before = self.0.get(..at.start).unwrap_or(self.0);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        ConfigError { line, column, message: message.into() }
    }
}

/// One table of the document, whose keys are known.
pub(super) struct Section<'a> {
    source: Source<'a>,
    /// The dotted name, empty for the document itself.
    name: String,
    span: Range<usize>,
    table: &'a DeTable<'a>,
    known: &'static [&'static str],
}

impl<'a> Section<'a> {
    pub(super) fn document(source: Source<'a>, table: &'a Spanned<DeTable<'a>>) -> Self {
        Self { source, name: String::new(), span: 0..0, table: table.get_ref(), known: &[] }
    }

    /// Returns the dotted name of a key of this table.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// Returns an error at the head of this table.
    pub(super) fn error(&self, message: impl fmt::Display) -> ConfigError {
        let named = if self.name.is_empty() {
            "the configuration".into()
        } else {
            Cow::from(format!("[{}]", self.name))
        };
        self.source.error(&self.span, format!("{named} {message}"))
    }

    /// Returns an error at the value of a key.
    pub(super) fn error_at(&self, key: &str, message: impl fmt::Display) -> ConfigError {
        let span = self.table.get(key).map_or(self.span.clone(), Spanned::span);
        self.source.error(&span, format!("{} {message}", self.path_of(key)))
    }

    fn value(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        debug_assert!(self.known.contains(&key), "{key} is read but not among the known keys");
        self.table.get(key)
    }

    pub(super) fn string(&self, key: &'static str) -> Result<Option<&'a str>, ConfigError> {
        match self.value(key).map(Spanned::get_ref) {
            None => Ok(None),
            Some(DeValue::String(text)) => Ok(Some(text.as_ref())),
            Some(_) => Err(self.error_at(key, "must be a string: put it in quotes")),
        }
    }

    /// Reads an absolute path: the daemon's working directory must not matter.
    pub(super) fn path(&self, key: &'static str) -> Result<Option<PathBuf>, ConfigError> {
        let Some(path) = self.string(key)?.map(PathBuf::from) else { return Ok(None) };
        if path.is_absolute() { Ok(Some(path)) } else { Err(self.error_at(key, "must be an absolute path")) }
    }

    pub(super) fn boolean(&self, key: &'static str) -> Result<Option<bool>, ConfigError> {
        match self.value(key).map(Spanned::get_ref) {
            None => Ok(None),
            Some(DeValue::Boolean(value)) => Ok(Some(*value)),
            Some(_) => Err(self.error_at(key, "must be true or false")),
        }
    }

    /// Reads a whole decimal number within bounds.
    pub(super) fn integer(&self, key: &'static str, range: Range<u64>) -> Result<Option<u64>, ConfigError> {
        let number = match self.value(key).map(Spanned::get_ref) {
            None => return Ok(None),
            Some(DeValue::Integer(number)) if number.radix() == 10 => number.as_str().parse().ok(),
            Some(_) => None,
        };
        if let Some(number) = number.filter(|number| range.contains(number)) {
            Ok(Some(number))
        } else {
            let last = range.end.saturating_sub(1);
            Err(self.error_at(key, format!("must be a whole number from {} to {last}", range.start)))
        }
    }

    /// Reads a duration: a number and one of `s`, `m`, `h`, `d`.
    pub(super) fn duration(&self, key: &'static str) -> Result<Option<Duration>, ConfigError> {
        let Some(text) = self.string(key)? else { return Ok(None) };
        parse_duration(text)
            .map(Some)
            .ok_or_else(|| self.error_at(key, "must be a duration such as \"30s\", \"5m\", \"1h\" or \"2d\""))
    }

    pub(super) fn strings(&self, key: &'static str) -> Result<Vec<&'a str>, ConfigError> {
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let DeValue::Array(list) = value.get_ref() else {
            return Err(self.error_at(key, "must be a list of strings: [\"one\", \"two\"]"));
        };
        let texts = list.iter().map(|item| match item.get_ref() {
            DeValue::String(text) => Ok(text.as_ref()),
            _ => {
                Err(self.source.error(&item.span(), format!("{} must hold strings only", self.path_of(key))))
            }
        });
        texts.collect()
    }

    pub(super) fn section(&self, key: &'static str) -> Result<Option<Self>, ConfigError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        self.sub(key, value).map(Some)
    }

    /// Reads a table of tables, each with its name.
    pub(super) fn sections(&self, key: &'static str) -> Result<Vec<(&'a str, Self)>, ConfigError> {
        let Some(section) = self.section(key)? else { return Ok(Vec::new()) };
        let all = section.table.iter().map(|(name, value)| {
            let name = name.get_ref().as_ref();
            Ok((name, section.sub(name, value)?))
        });
        all.collect()
    }

    fn sub(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Result<Self, ConfigError> {
        let name = self.path_of(key);
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self.source.error(&value.span(), format!("{name} must be a table: [{name}]")));
        };
        Ok(Self { source: self.source, name, span: value.span(), table, known: &[] })
    }

    /// Rejects all other keys, and suggests the most similar one. Checked before other errors: a misspelt key is the cause of a
    /// missing one.
    pub(super) fn only(mut self, known: &'static [&'static str]) -> Result<Self, ConfigError> {
        self.known = known;
        let unknown = self.table.keys().find(|key| !known.contains(&key.get_ref().as_ref()));
        let Some(key) = unknown else { return Ok(self) };
        let text = key.get_ref().as_ref();
        let advice = nearest(text, known).map_or_else(
            || format!("known are {}", known.join(", ")),
            |nearest| format!("did you mean `{nearest}`?"),
        );
        let place = if self.name.is_empty() { String::new() } else { format!(" in [{}]", self.name) };
        Err(self.source.error(&key.span(), format!("unknown key `{}`{place}: {advice}", shown(text))))
    }
}

/// Returns the most similar candidate, unless all differ in more than a third of the letters.
pub(super) fn nearest<'c>(text: &str, candidates: &[&'c str]) -> Option<&'c str> {
    let distance = |candidate: &&&str| strsim::damerau_levenshtein(text, candidate);
    let best = candidates.iter().min_by_key(distance)?;
    (distance(&best) <= text.chars().count().max(3).div_ceil(3)).then_some(*best)
}

/// Returns a key for an error message: bounded, and visible ASCII only.
fn shown(key: &str) -> String {
    key.chars().take(40).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}

fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match text.get(digits.len()..)?.trim() {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    let count: u64 = digits.parse().ok()?;
    Some(Duration::from_secs(count.checked_mul(unit).filter(|seconds| *seconds <= 450 * 86_400)?))
}
