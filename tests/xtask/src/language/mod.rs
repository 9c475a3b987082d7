//! `cargo xtask check --only language`: prose and identifiers contain no word of `words.txt`.
//!
//! A newcomer must understand every name and sentence at first reading. The list has words that this project's texts contained
//! and that are not usual in its field, each with a replacement.

mod list;
mod text;

use std::{fs, path::Path};

use lexopt::Parser;
use list::Rule;
use text::Text;

use crate::{failure::Failure, program, steps::Outcome, workspace::Workspace};

/// The extensions of the files that are searched. The list itself has another one.
const KINDS: &[&str] = &["md", "rs", "sh", "toml"];

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    if let Some(unexpected) = arguments.next()? {
        return Err(unexpected.unexpected().into());
    }
    check(&Workspace::load()?).map(|_| ())
}

pub(crate) fn check(workspace: &Workspace) -> Result<Outcome, Failure> {
    let rules = list::rules()?;
    let tracked = program::output(&mut program::new("git", &["ls-files"], &workspace.root))?;
    let mut found = Vec::new();
    let mut files = 0;
    for file in tracked.lines().filter(|file| has_prose(file)) {
        files += 1;
        // Deleted, and not committed yet.
        let Ok(text) = fs::read_to_string(workspace.root.join(file)) else { continue };
        found.extend(in_name(file, &rules));
        found.extend(
            in_text(&text, &rules).into_iter().map(|(line, words)| format!("{file}:{line}: {words}")),
        );
    }
    println!("files looked through: {files}, rules: {}", rules.len());
    if found.is_empty() { Ok(Outcome::Passed) } else { Err(found.join("\n").into()) }
}

fn has_prose(file: &str) -> bool {
    file == ".ci/run" || Path::new(file).extension().is_some_and(|it| KINDS.iter().any(|kind| it == *kind))
}

/// Returns the rules that the name of a file or of a folder around it breaks.
fn in_name(file: &str, rules: &[Rule]) -> Vec<String> {
    let whole = file.rsplit_once('.').map_or(file, |(name, _)| name);
    let broken = rules.iter().filter_map(|rule| {
        let name = rule.file.as_deref()?;
        let is_there = format!("/{whole}/").contains(&format!("/{name}/"));
        is_there.then(|| format!("{file}: `{name}` is called {}", rule.instead))
    });
    broken.collect()
}

/// Returns the line and the replacement of each occurrence.
fn in_text(text: &str, rules: &[Rule]) -> Vec<(usize, String)> {
    let text = Text::read(text);
    let mut found = Vec::new();
    for rule in rules {
        for phrase in &rule.phrases {
            let places = text.find(phrase, &rule.right).into_iter();
            found.extend(places.map(|line| (line, format!("\"{}\": {}", phrase.join(" "), rule.instead))));
        }
    }
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
        attic, attics | cache | attic(; steam attic\n\
        climb up, comes of it | retry\n\
        GLANCE | RECHECK\n\
        file: attic | cache\n\
        file: wire/hop | skip\n";

    fn lines(text: &str) -> Vec<usize> {
        in_text(text, &list::read(LIST).unwrap()).iter().map(|(line, _)| *line).collect()
    }

    #[test]
    fn words_are_found_in_prose_and_in_names() {
        let text = "An attic\nuses only Attics below;\nfn climb_up() {}\nstruct ClimbUp;\nGLANCE";
        assert_eq!(lines(text), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn phrases_go_on_behind_the_end_of_a_line() {
        assert_eq!(lines("/// See what comes\n    /// of it.\n"), [1]);
        assert_eq!(lines("climb(up)\n climb. Up"), [] as [usize; 0]);
    }

    #[test]
    fn right_uses_and_other_words_are_left_alone() {
        assert_eq!(lines("x.attic()\nthe steam attic\nSteamAttic\nglance"), [3]);
    }

    #[test]
    fn names_of_files_have_rules_of_their_own() {
        let rules = list::read(LIST).unwrap();
        assert_eq!(in_name("a/attic/mod.rs", &rules), ["a/attic/mod.rs: `attic` is called cache"]);
        assert_eq!(in_name("core/src/wire/hop.rs", &rules).len(), 1);
        assert_eq!(in_name("fuzz/hop.rs", &rules), [] as [&str; 0]);
    }

    #[test]
    fn the_list_is_complete() {
        let rules = list::rules().unwrap();
        assert!(rules.iter().all(|rule| rule.file.is_some() || !rule.phrases.is_empty()));
        assert!(rules.iter().all(|rule| !rule.instead.is_empty()));
    }
}
