//! Splits a command line into words, without a shell.

/// Splits `line` at white space. Text in single or double quotes is one word; there is no escape character, so a quoted text cannot
/// contain its own quote. Everything else is taken literally.
pub(crate) fn words(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(character) = chars.next() {
        match character {
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        None => return Err("a quote is not closed; add it"),
                        Some(end) if end == character => break,
                        Some(inner) => word.push(inner),
                    }
                }
            }
            space if space.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_separated_by_spaces_and_held_together_by_quotes() {
        for (line, expected) in [
            ("", &[][..]),
            ("  ", &[]),
            ("vault read -field=secret", &["vault", "read", "-field=secret"]),
            ("sh -c 'a | b \"c\"'", &["sh", "-c", "a | b \"c\""]),
            ("a \"b c\"d '' \te", &["a", "b cd", "", "e"]),
            ("a\\b $c", &["a\\b", "$c"]),
        ] {
            assert_eq!(words(line).unwrap(), expected, "{line}");
        }
        assert!(words("a 'b").is_err());
    }
}
