//! The broker's configuration: errors have a place inside the text and move with it, and no form of writing changes what is valid.
#![no_main]

use genesys_token_broker::config::Config;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else { return Corpus::Reject };
    if text.starts_with('\u{feff}') {
        return Corpus::Reject;
    }
    let whole = Config::parse(text);
    let below = Config::parse(&format!("# a comment\n{text}"));
    assert_eq!(Config::parse(&format!("\u{feff}{text}")).is_ok(), whole.is_ok(), "with a byte order mark");
    match (whole, below) {
        (Ok(config), Ok(moved)) => {
            assert_eq!(config, moved);
            assert_eq!(Config::parse(&format!("{text}\n# the end")).as_ref(), Ok(&config));
            let clients: Vec<_> = config.clients.keys().collect();
            assert!(!clients.is_empty());
            assert!(config.consumers.values().all(|consumer| clients.contains(&&consumer.client)));
        }
        (Err(error), Err(moved)) => {
            let shown = error.to_string();
            assert!(shown.chars().all(|c| c == ' ' || c.is_ascii_graphic()), "{shown}");
            assert!(error.line() >= 1 && error.line() <= text.matches('\n').count() + 1, "{shown}");
            let line = text.split('\n').nth(error.line() - 1).unwrap_or_default();
            assert!(error.column() >= 1 && error.column() <= line.chars().count() + 1, "{shown}");
            // A fault of the document as a whole is shown at its beginning.
            let is_at_start = (error.line(), error.column()) == (1, 1);
            assert!(moved.line() == error.line() + 1 || is_at_start, "{shown} moved to {moved}");
        }
        (whole, below) => panic!("{whole:?}, but below a comment {below:?}"),
    }
    Corpus::Keep
});
