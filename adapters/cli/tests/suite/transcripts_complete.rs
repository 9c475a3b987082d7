//! Each command has its help, a success and each of its failures among the transcripts in `snapshots/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::tool::{Tool, file};

/// The failures of commands with a client: settings, credentials, permission, rate limit, outage, connection, response, source of the credentials.
const CLIENT: [u8; 8] = [2, 3, 4, 5, 6, 7, 8, 11];

/// The exit codes of failures that a command may have, besides 1 if its output cannot be written.
fn failures(command: &str) -> BTreeSet<u8> {
    let with = |others: &[u8]| CLIENT.iter().chain(others).copied().collect();
    match command {
        "get" | "api" | "whoami" | "doctor" => with(&[]),
        "exec" => with(&[126, 127]),
        "verify" => with(&[9, 12]),
        "audit" => with(&[12, 13]),
        "revoke" => [2, 3, 4, 5, 6, 7, 8].into(),
        "login" => [2, 3, 4, 7].into(),
        "probe" => [2, 10].into(),
        "sandbox" | "man" | "profile add" => [1, 2].into(),
        "regions" | "completions" => [2].into(),
        _ if ["profile ", "provision "].iter().any(|group| command.starts_with(group)) => [2].into(),
        _ => panic!("a new command: {command}; list the exit codes of its failures"),
    }
}

/// The runs of one command.
#[derive(Debug, Default)]
struct Runs {
    has_help: bool,
    has_success: bool,
    failures: BTreeSet<u8>,
}

/// Returns the commands without subcommands, as clap knows them: `man` writes a page for each.
pub(crate) fn commands() -> BTreeSet<String> {
    let folder = file("man", "").with_file_name("pages");
    Tool::new(&["man", "--dir"]).arg(&folder).run().output();
    let pages = fs::read_dir(&folder).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<_> = pages
        .filter_map(|page| Some(page.strip_prefix("genesys-token-")?.strip_suffix(".1")?.replace('-', " ")))
        .collect();
    let is_group = |name: &String| names.iter().any(|other| other.starts_with(&format!("{name} ")));
    names.iter().filter(|name| !is_group(name)).cloned().collect()
}

/// Adds the runs in a transcript to those of their commands.
fn add(transcript: &str, commands: &BTreeSet<String>, runs: &mut BTreeMap<String, Runs>) {
    for run in transcript.split("$ genesys-token ").skip(1) {
        let line = run.lines().next().unwrap_or_default();
        let words = |name: &str| line == name || line.starts_with(&format!("{name} "));
        let Some(command) = commands.iter().find(|name| words(name)) else { continue };
        let runs = runs.entry(command.clone()).or_default();
        let code = run.split_once("\n[exit code ").and_then(|(_, rest)| rest.split_once(']'));
        match code.map(|(code, _)| code.parse::<u8>().unwrap()) {
            Some(0) if line.contains("--help") => runs.has_help = true,
            // One that serves has none.
            Some(0) | None => runs.has_success = true,
            Some(code) => _ = runs.failures.insert(code),
        }
    }
}

#[test]
fn every_command_has_its_help_a_success_and_each_failure() {
    let commands = commands();
    assert!(commands.contains("profile add") && commands.contains("get"), "{commands:?}");
    let mut runs = BTreeMap::new();
    for snapshot in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/snapshots")).unwrap()
    {
        add(&fs::read_to_string(snapshot.unwrap().path()).unwrap(), &commands, &mut runs);
    }
    for command in &commands {
        let runs = runs.remove(command).unwrap_or_default();
        assert!(runs.has_help, "no help of {command}");
        assert!(runs.has_success, "no success of {command}");
        let missing: Vec<_> = failures(command).difference(&runs.failures).copied().collect();
        assert!(missing.is_empty(), "{command}: no failure with exit code {missing:?}");
    }
}
