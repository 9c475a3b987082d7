//! `sandbox`: what it prints is all that the other commands need.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::tool::{Tool, file};

/// The sandbox in a process of its own, which ends with the test.
pub(crate) struct Running {
    process: Child,
    /// What it has printed.
    pub(crate) out: String,
}

impl Running {
    /// Starts it; its root certificate is written to this file.
    pub(crate) fn start(root: &Path) -> Self {
        let mut process = Tool::new(&["sandbox", "--root-pem"]).arg(root).spawn(Stdio::piped());
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let mut running = Self { process, out: String::new() };
        for line in lines {
            let line = line.unwrap();
            running.out.extend([&line, "\n"]);
            if line.starts_with("export GENESYS_CLIENT_SECRET") {
                break;
            }
        }
        running
    }

    /// Returns the variables that it prints.
    fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.out.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        lines.map(|(name, value)| (name, value.trim_matches('\'')))
    }

    pub(crate) fn variable(&self, name: &str) -> &str {
        self.variables().find(|(known, _)| *known == name).expect("it is printed").1
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn everything_works_offline_with_the_variables_that_it_prints() {
    let running = Running::start(&file("root.pem", ""));
    let tool = |arguments: &[&str]| {
        running.variables().fold(Tool::new(arguments), |tool, (name, value)| tool.env(name, value)).run()
    };
    assert!(tool(&["whoami"]).output().contains("organization sandbox"), "{}", running.out);
    assert!(tool(&["api", "GET", "/api/v2/users"]).output().contains("\"total\":60"));
    tool(&["doctor"]).output();
    let source = file("report.py", "get('/api/v2/users')\n").display().to_string();
    let out = tool(&["audit", "--source", &source, "--fetch"]).output();
    assert!(out.contains("ok       GET /api/v2/users\n         requires directory:user:view"), "{out}");
}

#[test]
fn options_that_contradict_each_other_start_nothing() {
    let arguments = ["sandbox", "--clear-text", "--fail", "expired-certificate"];
    Tool::new(&arguments).run().fails(1, &["certificate faults need TLS"]);
    Tool::new(&["sandbox", "--clients", "/nowhere/clients.toml"]).run().fails(1, &["/nowhere/clients.toml"]);
    Tool::new(&["sandbox", "--lifetime", "0"]).run().fails(2, &["--lifetime"]);
}
