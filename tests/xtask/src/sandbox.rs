//! The sandbox, in a process of its own, for commands that run programs against it: what it does is not counted as theirs.
//!
//! It uses the shortest certificate chain, so that figures depend on the clients and not on the chain.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Stdio},
};

use crate::{failure::Failure, program, workspace::Workspace};

const PACKAGE: &str = "genesys-token-sandbox";

/// A running sandbox; it ends when this is dropped.
pub(crate) struct Sandbox {
    process: Child,
    /// The sandbox's settings for clients, by the names of its output.
    environment: HashMap<String, String>,
}

impl Sandbox {
    /// Builds and starts it. The files that it writes begin with `user`, the name of the command that uses it.
    pub(crate) fn start(user: &str, root: &Workspace) -> Result<Self, Failure> {
        program::run(&mut program::new("cargo", &["build", "--locked", "--package", PACKAGE], &root.root))?;
        let file = |name: &str| root.target.join(format!("{user}-{name}"));
        let mut command = program::new(root.target.join("debug").join(PACKAGE), &["--from-root"], &root.root);
        command.arg("--root-pem").arg(file("root.pem"));
        // The sandbox logs a line for every request.
        let log = file("sandbox.log");
        command.stderr(File::create(&log)?);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let announced = process.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
        let mut sandbox = Self { process, environment: HashMap::new() };
        for line in announced {
            let line = line?;
            if let Some((name, value)) = exported(&line) {
                sandbox.environment.insert(name.to_owned(), value.to_owned());
                // The last of them.
                if name == "GENESYS_CLIENT_SECRET" {
                    return Ok(sandbox);
                }
            }
        }
        Err(format!("the sandbox did not start; {} says why", log.display()).into())
    }

    /// Returns a text in which every name in braces, such as `{GENESYS_LOGIN_URL}`, is replaced by the value in this sandbox.
    pub(crate) fn filled(&self, text: &str) -> String {
        self.environment
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    /// Returns the file with the certificate that clients have to trust.
    pub(crate) fn root_pem(&self) -> PathBuf {
        PathBuf::from(self.filled("{GENESYS_CA_FILE}"))
    }
}

/// Returns name and value of a line `export NAME='value'`.
fn exported(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
    Some((name, value.trim_matches('\'')))
}

impl Drop for Sandbox {
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
