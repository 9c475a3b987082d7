//! Checks that everything to which documents refer exists: files, commands, packages, tests; and that their examples are short.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{failure::Failure, program, steps::Outcome, workspace::Workspace};

/// The hidden command by which this program lists its commands.
pub(crate) const COMMAND_NAMES: &str = "command-names";

/// The most lines of code in a README's example, without blank lines and comments.
const EXAMPLE_MAX: usize = 20;
/// The examples that a README calls programs of that many lines, with blank lines and comments.
const SHORT_PROGRAMS: &str = "tests/suites/layer/examples/";

/// Checks every document of the repository.
pub(super) fn are_there(workspace: &Workspace) -> Result<Outcome, Failure> {
    let tracked = program::output(&mut program::new("git", &["ls-files"], &workspace.root))?;
    let files: Vec<_> = tracked.lines().collect();
    let read = |file: &&str| std::fs::read_to_string(workspace.root.join(file)).unwrap_or_default();
    let code: Vec<_> = files.iter().filter(|file| is_of_kind(file, "rs")).map(read).collect();
    let packages: Vec<_> = workspace.packages.iter().map(|package| package.name.as_str()).collect();
    let this = env::current_exe()?;
    let commands = program::output(&mut program::new(this, &[COMMAND_NAMES], &workspace.root))?;
    let commands: Vec<_> = commands.lines().collect();
    let repository = Repository {
        root: &workspace.root,
        files: &files,
        code: &code,
        packages: &packages,
        commands: &commands,
    };

    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for file in files.iter().filter(|file| is_of_kind(file, "md")) {
        let text = read(file);
        let document = Document { folder: Path::new(file).parent().unwrap_or(Path::new("")), text: &text };
        looked_at += 1;
        wrong.extend(repository.missing_in(&document, file).into_iter().map(|it| format!("{file}: {it}")));
    }
    for file in files.iter().filter(|file| file.starts_with(SHORT_PROGRAMS)) {
        wrong.extend(too_long(&read(file)).map(|it| format!("{file}: {it}")));
    }
    println!("documents looked through: {looked_at}");
    if wrong.is_empty() { Ok(Outcome::Passed) } else { Err(wrong.join("\n").into()) }
}

struct Repository<'a> {
    root: &'a Path,
    files: &'a [&'a str],
    /// Returns the text of all its Rust files.
    code: &'a [String],
    packages: &'a [&'a str],
    /// Returns the commands of `cargo xtask`.
    commands: &'a [&'a str],
}

struct Document<'a> {
    folder: &'a Path,
    text: &'a str,
}

impl Repository<'_> {
    fn missing_in(&self, document: &Document<'_>, file: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        let prose = without_fences(document.text);
        for link in between(&prose, "](", ")").filter(|link| !link.contains(':') && !link.starts_with('#')) {
            let path = link.split('#').next().unwrap_or(link);
            if !self.root.join(document.folder).join(path).exists() {
                wrong.push(format!("the link to {link} leads nowhere"));
            }
        }
        let spans: Vec<_> = prose.split('`').skip(1).step_by(2).collect();
        for span in &spans {
            if !self.has_path(document, span) {
                wrong.push(format!("there is no {span}"));
            }
        }
        if file.ends_with("tests/README.md") {
            let names = spans.iter().filter(|span| is_name(span));
            wrong.extend(names.filter(|name| !self.has_test(name)).map(|name| format!("no test is {name}")));
        }
        for cell in test_cells(&prose) {
            if !cell.contains('`') && cell != "–" {
                wrong.push(format!("a column Test names no test: {cell}"));
            }
            let names = cell.split('`').skip(1).step_by(2).filter(|span| is_name(span));
            wrong.extend(names.filter(|name| !self.has_test(name)).map(|name| format!("no test is {name}")));
        }
        for name in words_after(document.text, "cargo xtask ").filter(|name| !name.starts_with(['-', '<'])) {
            if !self.commands.contains(&name) {
                wrong.push(format!("cargo xtask has no command {name}"));
            }
        }
        for name in
            words_after(document.text, "cargo test -p ").chain(words_after(document.text, "cargo run -p "))
        {
            if !self.packages.contains(&name) {
                wrong.push(format!("there is no package {name}"));
            }
        }
        let long =
            between(document.text, "```rust", "\n```").map(code_lines).filter(|lines| *lines > EXAMPLE_MAX);
        wrong.extend(
            long.map(|lines| format!("an example has {lines} lines of code, more than {EXAMPLE_MAX}")),
        );
        wrong
    }

    /// Returns whether a text that looks like a path of this repository is one, from the root or from the document.
    fn has_path(&self, document: &Document<'_>, span: &str) -> bool {
        let Some((first, _)) = span.split_once('/').filter(|_| !span.contains([' ', '{', '<', '…'])) else {
            return true;
        };
        let bases = [PathBuf::new(), document.folder.to_owned()];
        let mut looks_like_one = false;
        for base in bases {
            if first.is_empty() || first == "target" || !self.root.join(&base).join(first).is_dir() {
                continue;
            }
            looks_like_one = true;
            let wanted = base.join(span.trim_end_matches(['*', '/'])).display().to_string();
            if self.files.iter().any(|file| file.starts_with(&wanted)) {
                return true;
            }
        }
        !looks_like_one
    }

    /// Returns whether a test, or a file with tests, has this name or one that begins with it (`name_…`).
    fn has_test(&self, name: &str) -> bool {
        let function = match name.strip_suffix('…') {
            Some(beginning) => format!("fn {beginning}"),
            None => format!("fn {name}("),
        };
        let (file, folder) = (format!("/{name}.rs"), format!("/{name}/"));
        self.code.iter().any(|code| code.contains(&function))
            || self.files.iter().any(|path| path.ends_with(&file) || path.contains(&folder))
    }
}

/// Returns what is wrong with a program that is to be short.
fn too_long(program: &str) -> Option<String> {
    let lines = program.lines().count();
    (lines > EXAMPLE_MAX).then(|| format!("the program has {lines} lines, more than {EXAMPLE_MAX}"))
}

/// Returns the last cells of tables whose last column is headed Test.
fn test_cells(prose: &str) -> Vec<&str> {
    let mut cells = Vec::new();
    let mut is_inside = false;
    for line in prose.lines() {
        let last = line.strip_suffix('|').and_then(|row| row.rsplit_once('|')).map(|(_, cell)| cell.trim());
        match last {
            Some("Test") => is_inside = true,
            Some(cell) if is_inside && !cell.starts_with("--") => cells.push(cell),
            Some(_) => {}
            None => is_inside = false,
        }
    }
    cells
}

fn is_of_kind(file: &str, extension: &str) -> bool {
    Path::new(file).extension().is_some_and(|it| it == extension)
}

/// Names of tests are sentences, and have an underscore at least.
fn is_name(span: &str) -> bool {
    let letters = span.strip_suffix('…').unwrap_or(span);
    letters.contains('_')
        && letters.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Returns the text outside code blocks.
fn without_fences(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

fn between<'a>(text: &'a str, begin: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(begin).skip(1).filter_map(move |rest| rest.split_once(end).map(|(inner, _)| inner))
}

fn words_after<'a>(text: &'a str, begin: &'a str) -> impl Iterator<Item = &'a str> {
    let is_end = |letter: char| !(letter.is_ascii_alphanumeric() || "-_<".contains(letter));
    text.split(begin)
        .skip(1)
        .filter_map(move |rest| rest.split(is_end).next())
        .filter(|word| !word.is_empty())
}

/// The first line names the language.
fn code_lines(block: &str) -> usize {
    let counts = |line: &&str| {
        let line = line.trim_start();
        !(line.is_empty() || line.starts_with("//") || line.starts_with("# "))
    };
    block.lines().skip(1).filter(counts).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(text: &str) -> Vec<String> {
        missing_in("core/tests/README.md", text)
    }

    fn missing_in(file: &str, text: &str) -> Vec<String> {
        let files = ["tests/xtask/src/main.rs", "core/tests/README.md", "core/tests/settings.rs"];
        let code = ["fn regions_are_known() {}".to_owned()];
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let (packages, commands) = (&["core"], &["test"]);
        let repository = Repository { root: &root, files: &files, code: &code, packages, commands };
        let document = Document { folder: Path::new("core/tests"), text };
        repository.missing_in(&document, file)
    }

    #[test]
    fn what_is_there_is_not_complained_of() {
        let text = "[a](../../tests/xtask/src/main.rs#x) [b](https://example.com/) `core/tests/set*` `text/html` \
                    `settings` `regions_are_…` `regions_are_known` `cargo xtask test` `cargo run -p core`\n\
                    ```rust\nuse a;\n\n// comment\n```\n";
        assert_eq!(missing(text), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_there_is_named() {
        for (text, expected) in [
            ("[a](nothing.md)", "nothing.md leads nowhere"),
            ("`core/src/nothing.rs`", "no core/src/nothing.rs"),
            ("`regions_are_unknown`", "no test is regions_are_unknown"),
            ("`cargo xtask nothing --x`", "no command nothing"),
            ("cargo test -p nothing", "no package nothing"),
        ] {
            assert!(missing(text).iter().any(|it| it.contains(expected)), "{text}: {:?}", missing(text));
        }
        for (cell, expected) in [
            ("`regions_are_known`, `regions_are_not`", "no test is regions_are_not"),
            ("by hand", "names no test: by hand"),
        ] {
            let table = format!("| Fact | Test |\n|---|---|\n| `a_b` | {cell} |\n\n| `c_d` | `e_f` |\n");
            let [only] = &missing_in("docs/service.md", &table)[..] else { panic!("{cell}") };
            assert!(only.contains(expected), "{only}");
        }
        let example = format!("```rust,no_run\n{}```\n", "x;\n".repeat(EXAMPLE_MAX + 1));
        assert_eq!(missing(&example), ["an example has 21 lines of code, more than 20"]);
        assert_eq!(too_long(&"x\n".repeat(EXAMPLE_MAX)), None);
        assert_eq!(
            too_long(&"\n".repeat(EXAMPLE_MAX + 1)).unwrap(),
            "the program has 21 lines, more than 20"
        );
    }
}
