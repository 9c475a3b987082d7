//! `docs/operations.md`: its commands are run, and its tables compared with the program.

use std::fs;
use std::path::Path;
use std::process::Command;

use genesys_token_broker::METRIC_NAMES;
use genesys_token_broker::config::Config;
use genesys_token_sandbox::{RateLimit, Sandbox};

use crate::broker::{Broker, consumer_of_this_user};
use crate::http_client::Request;
use crate::store::file_store;

const PAGE: &str = include_str!("../../../../docs/operations.md");

/// Returns the rows of the table with this heading, as their first two cells.
pub(crate) fn table(heading: &str) -> Vec<(String, String)> {
    let rows = PAGE.lines().skip_while(|line| !line.starts_with(heading)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = |row: &str| {
        let mut cells = row.split('|').skip(1).map(|cell| cell.trim().trim_matches('`').to_owned());
        (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
    };
    let rows: Vec<_> = rows.map(cells).collect();
    assert!(!rows.is_empty(), "no table `{heading}`");
    rows
}

/// Returns the shell blocks, also those in list items, without their indentation.
fn commands() -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in PAGE.lines().map(str::trim_start) {
        match (&mut block, line) {
            (None, "```sh") => block = Some(String::new()),
            (Some(_), "```") => blocks.extend(block.take()),
            (Some(text), line) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, _) => {}
        }
    }
    blocks
}

#[test]
fn the_commands_of_the_page_work() {
    let broker = Broker::start(&consumer_of_this_user(""));
    assert_eq!(broker.send(&Request::get("/token")).status, 200);
    let folder = broker.directory.path().display().to_string();
    let programs = Path::new(env!("CARGO_BIN_EXE_genesys-token-broker")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let (under_systemd, blocks): (Vec<_>, Vec<_>) =
        commands().into_iter().partition(|block| block.contains("systemctl"));
    // It needs systemd as the first process: `cargo xtask packages` boots one, and runs it there.
    assert_eq!(under_systemd.len(), 1, "an encrypted credential");
    assert_eq!(blocks.len(), 4, "start, new secret, secret of a consumer, key of a store");
    let mut shown = String::new();
    for block in blocks {
        // The places of an installed broker, and those of this one.
        let here = block
            .replace("/run/genesys-token-broker/socket", &format!("{folder}/socket"))
            .replace("/etc/genesys-token-broker/client-secret", &format!("{folder}/secret"))
            .replace("/etc/genesys-token-broker", &folder);
        let output = Command::new("sh")
            .args(["-euc", &here])
            .env_clear()
            .env("PATH", &path)
            .env("NEW_SECRET", "next-secret_7")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{here}\n{text}{}", String::from_utf8_lossy(&output.stderr));
        shown.push_str(&text);
    }
    for expected in
        ["the configuration is valid: 1 clients, 1 consumers", "ready", "main", "valid", "secret_sha256 = \""]
    {
        assert!(shown.contains(expected), "`{expected}` is not in:\n{shown}");
    }
    assert_eq!(fs::read_to_string(broker.directory.path().join("secret")).unwrap(), "next-secret_7");
}

/// Returns the names of all metrics as Prometheus stores them.
pub(crate) fn names_on_the_wire() -> Vec<String> {
    METRIC_NAMES
        .iter()
        .map(|name| match *name {
            "genesys_token_broker_exchanges"
            | "genesys_token_broker_forwarded"
            | "genesys_token_broker_store_lookups"
            | "genesys_token_broker_store_publications"
            | "genesys_token_broker_store_fallbacks"
            | "genesys_token_broker_store_reconnects" => format!("{name}_total"),
            name => name.to_owned(),
        })
        .collect()
}

#[test]
fn every_metric_is_explained_and_no_other() {
    let explained: Vec<_> = table("| Metric |").into_iter().map(|(name, _)| name).collect();
    let mut exist = names_on_the_wire();
    let mut sorted = explained.clone();
    sorted.sort();
    exist.sort();
    assert_eq!(sorted, exist);
    // Under these names they are on the wire.
    let limited = Sandbox::builder()
        .api_rate_limit(RateLimit { requests: 300, window: std::time::Duration::from_secs(60) });
    let directory = tempfile::tempdir().unwrap();
    let broker = Broker::start_with(limited, &file_store(directory.path()), &consumer_of_this_user(""));
    assert_eq!(broker.send(&Request::get("/api/v2/organizations/me")).status, 200);
    let metrics = broker.send(&Request::get("/metrics")).body;
    for name in explained {
        assert!(metrics.contains(&format!("\n{name}")), "{name} is not in:\n{metrics}");
    }
}

#[test]
fn the_limits_of_the_page_are_the_defaults() {
    let example = include_str!("../../examples/broker.toml");
    let rows = table("| `[limits]` |");
    let lines: Vec<_> = rows
        .iter()
        .map(|(key, value)| match value.strip_suffix('s') {
            Some(_) => format!("{key} = \"{value}\"\n"),
            None => format!("{key} = {value}\n"),
        })
        .collect();
    // The table holds every key: setting all of them to what it says changes nothing.
    let with_all = format!("{example}\n[limits]\n{}", lines.concat())
        .replace("[limits]\n# connections", "# connections");
    let (default, explicit) = (Config::parse(example).unwrap(), Config::parse(&with_all).unwrap());
    assert_eq!(default.limits, explicit.limits);
    let keys = example
        .lines()
        .skip_while(|line| *line != "[limits]")
        .skip(1)
        .take_while(|line| line.starts_with("# "));
    let keys: Vec<_> = keys.map(|line| line.trim_start_matches("# ").split(' ').next().unwrap()).collect();
    let explained: Vec<_> = rows.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(explained, keys);
}

/// Lines of the log are searched for by operators and their alerts.
#[test]
fn the_log_lines_of_the_page_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut source = String::new();
    for folder in [root.join("src"), root.join("../tokio/src")] {
        read_all(&folder, &mut source);
    }
    for (line, _) in table("| Line |") {
        assert!(source.contains(&line), "no event `{line}`");
    }
}

fn read_all(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            read_all(&entry.path(), text);
        } else {
            text.push_str(&fs::read_to_string(entry.path()).unwrap());
        }
    }
}
