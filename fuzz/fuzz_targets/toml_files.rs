//! Configuration files: the broker's, and the sandbox's of its clients.
//!
//! The first line of an input is the kind of file, `broker` or `clients`; the rest is the file.
#![no_main]

use std::fmt::{Debug, Display};

use genesys_token_broker::config::Config;
use genesys_token_fuzz::clients_file::pairs;
use genesys_token_sandbox::ClientsFile;
use libfuzzer_sys::{Corpus, fuzz_target};
use toml::Table;

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else { return Corpus::Reject };
    match text.split_once('\n') {
        Some(("broker", file)) => broker(file),
        Some(("clients", file)) => clients(file),
        _ => return Corpus::Reject,
    }
    Corpus::Keep
});

/// An accepted file is one document of TOML, stays accepted with a comment, and is refused with an unknown key.
fn broker(file: &str) {
    match Config::parse(file) {
        Ok(config) => {
            assert!(file.trim_start_matches('\u{feff}').parse::<Table>().is_ok(), "accepted, and no TOML");
            assert_eq!(config.consumers.values().find(|it| !config.clients.contains_key(&it.client)), None);
            assert_eq!(Config::parse(&format!("{file}\n# a comment\n")), Ok(config));
            assert!(Config::parse(&format!("{file}\nunknown_key = 1\n")).is_err(), "an unknown key");
        }
        Err(error) => {
            check_position(file, error.line(), &error);
            let columns = file.split('\n').nth(error.line() - 1).unwrap_or_default().chars().count() + 1;
            // The byte order mark is not counted.
            assert!((1..=columns).contains(&error.column()), "column {} of {columns}", error.column());
        }
    }
}

fn clients(file: &str) {
    match (ClientsFile::from_toml(file), pairs(file)) {
        (Ok(found), Some(expected)) => {
            let found: Vec<_> = found.clients.into_iter().map(|client| (client.id, client.secret)).collect();
            assert_eq!(found, expected);
        }
        (Err(error), None) => {
            check_position(file, error.line(), &error);
            // Names of keys are part of the message.
            let shown = error.to_string();
            let mut words = file.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= 16);
            assert!(words.all(|word| !shown.contains(word)), "the error shows the file: {shown}");
        }
        (found, expected) => panic!("{} instead of {}", found.is_ok(), expected.is_some()),
    }
}

/// The line exists, and the message is one line of visible characters.
fn check_position(file: &str, line: usize, error: &(impl Display + Debug)) {
    assert!((1..=file.split('\n').count()).contains(&line), "{error:?}");
    let shown = error.to_string();
    assert!(!shown.is_empty() && !shown.contains(['\n', '\r', '\0', '\u{1b}']), "{shown:?}");
}
