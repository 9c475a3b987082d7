//! Builds test programs with cargo, and runs several at once: cargo would run one after the other, although most of them mainly wait for peers.

use std::{
    cmp::Reverse,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{failure::Failure, lanes, program};

/// The number of programs that run at the same time. Each runs as many tests at once as there are processors, most of which wait.
const LANES: usize = 5;

/// A program with tests, and the folder of its package, in which cargo would run it.
#[derive(Debug, PartialEq, Eq)]
struct TestProgram {
    file: PathBuf,
    folder: PathBuf,
}

/// Builds the test programs that `cargo test` with these arguments would run in this folder, and runs them.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let build = [&["test", "--no-run", "--message-format", "json-render-diagnostics"], arguments].concat();
    let messages = program::printed(&mut program::new("cargo", &build, folder))?;
    let mut programs = listed(&messages)?;
    if programs.is_empty() {
        return Err("cargo built no test program: the step would test nothing".into());
    }
    // The longest should not begin last; the largest have the most tests.
    programs.sort_by_cached_key(|program| Reverse(fs::metadata(&program.file).map_or(0, |file| file.len())));
    println!("test programs: {}, {LANES} at a time", programs.len());
    lanes::run(programs.iter().map(TestProgram::command).collect(), LANES)
}

impl TestProgram {
    fn command(&self) -> Command {
        program::new(&self.file, &[], &self.folder)
    }
}

/// Returns the test programs in the messages of a build, which are one JSON object per line.
fn listed(messages: &str) -> Result<Vec<TestProgram>, Failure> {
    let mut programs = Vec::new();
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line)?;
        // Programs that tests start, and examples without tests, are built as well, but not in the profile of tests.
        if message["reason"] != "compiler-artifact" || message["profile"]["test"] != true {
            continue;
        }
        if let (Some(file), Some(manifest)) =
            (message["executable"].as_str(), message["manifest_path"].as_str())
        {
            let folder = Path::new(manifest).parent().ok_or("the path of a manifest has no folder")?;
            programs.push(TestProgram { file: file.into(), folder: folder.into() });
        }
    }
    Ok(programs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_with_tests_are_run() {
        let messages = r#"{"reason":"compiler-artifact","manifest_path":"/p/Cargo.toml","profile":{"test":true},"executable":"/t/suite-1"}
{"reason":"compiler-artifact","manifest_path":"/p/Cargo.toml","profile":{"test":false},"executable":"/t/tool"}
{"reason":"compiler-artifact","manifest_path":"/p/Cargo.toml","profile":{"test":false},"executable":null}
{"reason":"build-finished","success":true}"#;
        let expected = TestProgram { file: "/t/suite-1".into(), folder: "/p".into() };
        assert_eq!(listed(messages).expect("messages of cargo"), [expected]);
    }
}
