//! The server for all programs: the sandbox, in a process of its own so that its work is not measured.
//!
//! It uses the shortest certificate chain, so that the figures depend on the clients and not on the chain.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use super::candidates::Candidate;
use crate::{failure::Failure, program, workspace::Workspace};

const PACKAGE: &str = "genesys-token-sandbox";

pub(super) struct Stage {
    process: Child,
    /// The sandbox's settings for clients, by the names of its output.
    environment: HashMap<String, String>,
}

impl Stage {
    pub(super) fn start(root: &Workspace) -> Result<Self, Failure> {
        program::run(&mut program::new("cargo", &["build", "--locked", "--package", PACKAGE], &root.root))?;
        let file = |name: &str| root.target.join(name);
        let mut command = program::new(file("debug").join(PACKAGE), &["--from-root"], &root.root);
        command.arg("--root-pem").arg(file("bench-process-root.pem"));
        // Discarded: the sandbox logs a line for every request.
        command.stderr(File::create(file("bench-process-sandbox.log"))?);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let announced = process.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
        let mut stage = Self { process, environment: HashMap::new() };
        for line in announced {
            let line = line?;
            if let Some((name, value)) = exported(&line) {
                stage.environment.insert(name.to_owned(), value.to_owned());
                // The last of them.
                if name == "GENESYS_CLIENT_SECRET" {
                    return Ok(stage);
                }
            }
        }
        Err("the sandbox did not start; target/bench-process-sandbox.log says why".into())
    }

    /// Returns a program's environment, with the values of this sandbox.
    pub(super) fn environment(&self, candidate: &Candidate) -> Vec<(&'static str, String)> {
        let fill = |text: &str| {
            self.environment
                .iter()
                .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
        };
        candidate.environment.iter().map(|(name, value)| (*name, fill(value))).collect()
    }
}

/// Returns name and value of a line `export NAME='value'`.
fn exported(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
    Some((name, value.trim_matches('\'')))
}

impl Drop for Stage {
    fn drop(&mut self) {
        // It serves until it is killed; it has no state to save.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::exported;

    #[test]
    fn exports_are_read_and_comments_are_not() {
        assert_eq!(exported("export A='https://localhost:1'"), Some(("A", "https://localhost:1")));
        assert_eq!(exported("# login host 127.0.0.1:1"), None);
    }
}
