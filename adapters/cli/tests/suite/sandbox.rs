//! `sandbox`: what it prints is all that the other commands need.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::tool::{Tool, file};

/// The sandbox in a process of its own, which ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn everything_works_offline_with_the_variables_that_it_prints() {
    let root = file("root.pem", "");
    let mut child = Tool::new(&["sandbox", "--root-pem"]).arg(&root).spawn(Stdio::piped());
    let out = child.stdout.take().expect("a pipe");
    let _running = Running(child);
    let mut variables = Vec::new();
    for line in BufReader::new(out).lines() {
        let line = line.unwrap();
        let Some((name, value)) = line.strip_prefix("export ").and_then(|line| line.split_once('=')) else {
            continue;
        };
        variables.push((name.to_owned(), value.trim_matches('\'').to_owned()));
        if name == "GENESYS_CLIENT_SECRET" {
            break;
        }
    }
    let tool = |arguments: &[&str]| {
        variables.iter().fold(Tool::new(arguments), |tool, (name, value)| tool.env(name, value)).run()
    };
    assert!(tool(&["whoami"]).output().contains("organization sandbox"), "{variables:?}");
    assert!(tool(&["api", "GET", "/api/v2/users"]).output().contains("\"total\":60"));
    tool(&["doctor"]).output();
}

#[test]
fn options_that_contradict_each_other_start_nothing() {
    let arguments = ["sandbox", "--clear-text", "--fail", "expired-certificate"];
    Tool::new(&arguments).run().fails(1, &["certificate faults need TLS"]);
    Tool::new(&["sandbox", "--clients", "/nowhere/clients.toml"]).run().fails(1, &["/nowhere/clients.toml"]);
    Tool::new(&["sandbox", "--lifetime", "0"]).run().fails(2, &["--lifetime"]);
}
