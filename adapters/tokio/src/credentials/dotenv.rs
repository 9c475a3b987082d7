//! A strict reader of `.env` files: a `GENESYS` variable that cannot be understood is an error, never a guess. Other lines that cannot be
//! understood are ignored: many programs share such a file, and each has its own syntax.

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use super::error::CredentialError;
use super::file::read_text;
use crate::readable::PipeWait;

/// The longest `.env` file, in bytes.
const FILE_MAX: usize = 64 * 1024;

/// The variables in a `.env` file. Wiped on drop.
pub struct Dotenv(Vec<(String, Zeroizing<String>)>);

/// Without names and values.
impl fmt::Debug for Dotenv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dotenv").finish_non_exhaustive()
    }
}

impl Dotenv {
    /// Reads a file of at most 64 KiB on the calling thread; [`EnvCredentials::dotenv`](super::EnvCredentials::dotenv) describes its syntax.
    ///
    /// # Errors
    /// [`CredentialError::File`], [`CredentialError::FileContent`], and [`CredentialError::Dotenv`] for a `GENESYS` variable that cannot be
    /// understood. None holds a part of the file.
    pub fn read(path: &Path) -> Result<Self, CredentialError> {
        Self::read_within(path, &PipeWait::default())
    }

    pub(super) fn read_within(path: &Path, wait: &PipeWait) -> Result<Self, CredentialError> {
        let text = read_text(path, FILE_MAX, wait)?;
        Self::parse(&text).map_err(|(line, problem)| CredentialError::Dotenv {
            path: path.to_owned(),
            line,
            problem,
        })
    }

    /// Returns the last value of this name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Zeroizing<String>> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    /// Parses the lines. The error is a line number and what is wrong there.
    pub(crate) fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut entries = Vec::new();
        // Editors on Windows write a byte order mark.
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            match parse_line(line) {
                Ok(entry) => entries.extend(entry),
                Err(problem) if is_ours(line) => return Err((index + 1, problem)),
                Err(_) => {}
            }
        }
        Ok(Self(entries))
    }
}

/// Returns whether a line seems to set a variable of this program.
fn is_ours(line: &str) -> bool {
    let name = line.split_once('=').map_or(line, |(name, _)| name);
    name.to_ascii_uppercase().contains("GENESYS")
}

/// Parses a line. `None` for an empty line or a comment.
fn parse_line(line: &str) -> Result<Option<(String, Zeroizing<String>)>, &'static str> {
    let line = line.trim_ascii();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = match line.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_ascii_start(),
        _ => line,
    };
    let (name, value) = line.split_once('=').ok_or("not NAME=value: there is no =")?;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || !name.bytes().all(legal) || name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err("the name does not consist of letters, digits and _, or there is a space before the =");
    }
    Ok(Some((name.to_owned(), parse_value(value)?)))
}

fn parse_value(text: &str) -> Result<Zeroizing<String>, &'static str> {
    // As long as the text: it never grows, so it leaves no unwiped copy.
    let mut value = Zeroizing::new(String::with_capacity(text.len()));
    let rest = if let Some(quoted) = text.strip_prefix('\'') {
        let (inner, rest) = quoted.split_once('\'').ok_or("the single quote is not closed on this line")?;
        value.push_str(inner);
        rest
    } else if let Some(quoted) = text.strip_prefix('"') {
        let mut letters = quoted.char_indices();
        loop {
            match letters.next() {
                None => return Err("the double quote is not closed on this line"),
                Some((end, '"')) => break quoted.get(end + 1..).unwrap_or(""),
                Some((_, '\\')) => match letters.next() {
                    Some((_, letter @ ('"' | '\\' | '$'))) => value.push(letter),
                    Some((_, 'n')) => value.push('\n'),
                    _ => return Err("in double quotes a backslash may be followed only by \", \\, $ or n"),
                },
                Some((_, letter)) => value.push(letter),
            }
        }
    } else {
        if text.starts_with([' ', '\t']) && !text.trim_ascii_start().starts_with('#') {
            return Err("there is a space after the =");
        }
        let end = comment(text).unwrap_or(text.len());
        let (bare, rest) = text.split_at(end);
        let bare = bare.trim_ascii_end();
        if bare.contains(['"', '\'', '\\', '`', '$']) || bare.contains(char::is_whitespace) {
            return Err(
                "the value contains a space, a quote, a backslash, a backtick or a $: put it in single quotes",
            );
        }
        value.push_str(bare);
        rest
    };
    let rest = rest.trim_ascii();
    if rest.is_empty() || rest.starts_with('#') {
        Ok(value)
    } else {
        Err("there is text after the closing quote")
    }
}

/// Returns the position of a comment: a `#` at the beginning or after a space.
fn comment(text: &str) -> Option<usize> {
    let mut before = ' ';
    text.char_indices().find_map(|(at, letter)| {
        let begins = letter == '#' && before.is_ascii_whitespace();
        before = letter;
        begins.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::Dotenv;

    fn value(text: &str) -> Option<String> {
        Dotenv::parse(text).unwrap().value("A").map(|value| value.to_string())
    }

    #[test]
    fn common_lines_are_parsed() {
        for (text, expected) in [
            ("A=b", "b"),
            ("A=b\r\n", "b"),
            ("\u{feff}A=b", "b"),
            ("# comment\n\n  export A=b # comment", "b"),
            ("A=b#c", "b#c"),
            ("A=", ""),
            ("A= # empty", ""),
            ("A='b # \\c'", "b # \\c"),
            ("A=\"b \\\"c\\\" \\$d \\\\\" # comment", "b \"c\" $d \\"),
            ("A=b\nA=c", "c"),
            ("B=1\nA=b=c==", "b=c=="),
        ] {
            assert_eq!(value(text).as_deref(), Some(expected), "{text:?}");
        }
        assert_eq!(value("# A=b"), None);
        assert_eq!(value("exportA=b"), None);
    }

    #[test]
    fn an_ambiguous_line_is_an_error_with_its_number() {
        for text in [
            "GENESYS_A",
            "GENESYS_A = b",
            "GENESYS_A= b",
            "1GENESYS_A=b",
            "GENESYS-B=c",
            "GENESYS_A=b c",
            "GENESYS_A=$B",
            "GENESYS_A='b",
            "GENESYS_A=\"b",
            "GENESYS_A=\"b\\t\"",
            "GENESYS_A='b'c",
            "GENESYS_A=`b`",
            "GENESYS_A=b\\",
        ] {
            let text = format!("B=1\n{text}");
            assert_eq!(Dotenv::parse(&text).err().map(|(line, _)| line), Some(2), "{text:?}");
        }
    }

    #[test]
    fn lines_of_other_programs_are_ignored() {
        for text in ["PATH_X=${HOME}/x", "=b", "OTHER", "A=b c", "OTHER='first line", "export=1 2"] {
            let file = Dotenv::parse(&format!("GENESYS_A=b\n{text}\nGENESYS_C=d")).unwrap();
            assert_eq!(file.value("GENESYS_A").unwrap().as_str(), "b", "{text}");
            assert_eq!(file.value("GENESYS_C").unwrap().as_str(), "d", "{text}");
        }
    }
}
