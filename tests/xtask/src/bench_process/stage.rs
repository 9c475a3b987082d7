//! The server that every contestant asks, in a process of its own so that its work is in no figure.
//!
//! It is not the sandbox: that one shows an intermediate certificate, logs, and grows with the tests. A chain of root and
//! leaf and one fixed answer keep the figures comparable from year to year, and with those the marks were set by.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Stdio},
};

use super::{build, contestants::Contestant};
use crate::{Failure, program, workspace::Workspace};

/// Shaped like what the service issues: a UUID, and 43 URL-safe characters.
const CLIENT_ID: &str = "6f1a8a70-3a9c-4cf5-8d0a-5f0b3f9a1c1e";
const CLIENT_SECRET: &str = "bench-secret-aBcDeFgHiJkLmNoPqRsTuVwXyZ0123";

pub(super) struct Stage {
    process: Child,
    token_url: String,
    root_pem: PathBuf,
}

impl Stage {
    pub(super) fn start(root: &Workspace) -> Result<Self, Failure> {
        let peers = build::peers(root)?;
        let arguments = ["build", "--locked", "--release", "--package", "peer-stage"];
        program::run(&mut program::new("cargo", &arguments, &peers.root))?;

        let root_pem = peers.target.join("bench-process-root.pem");
        let program = peers.target.join("release/peer-stage");
        let mut command = program::new(program, &[], &peers.root);
        // It serves until its standard input ends: with this process, however that ends.
        let mut process = command.arg(&root_pem).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut token_url = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut token_url)?;
        }
        let stage = Self { process, token_url: token_url.trim().to_owned(), root_pem };
        if stage.token_url.is_empty() {
            return Err("the stage did not start; it says why above".into());
        }
        Ok(stage)
    }

    /// A contestant's environment, with the values of this stage.
    pub(super) fn environment(&self, contestant: &Contestant) -> Vec<(&'static str, String)> {
        let root_pem = self.root_pem.display().to_string();
        let values = [
            ("{login_url}", self.token_url.trim_end_matches("/oauth/token")),
            ("{token_url}", &self.token_url),
            ("{root_pem}", &root_pem),
            ("{client_id}", CLIENT_ID),
            ("{client_secret}", CLIENT_SECRET),
        ];
        let fill =
            |text: &str| values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        contestant.environment.iter().map(|(name, value)| (*name, fill(value))).collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // Nothing depends on how the stage ends.
        let _ = self.process.wait();
    }
}
