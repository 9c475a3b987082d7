//! A `.env` file: whatever its content, each line is parsed on its own, and values that are quoted by the rules come back unchanged.
#![no_main]

use genesys_token_tokio::fuzzing::dotenv;
use libfuzzer_sys::{Corpus, fuzz_target};

const NAMES: [&str; 4] = ["GENESYS_CLIENT_ID", "GENESYS_CLIENT_SECRET", "GENESYS_REGION", "A"];

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else { return Corpus::Reject };
    by_line(text);
    round_trip(text);
    Corpus::Keep
});

/// The result for a file follows from the results for its lines: the first error, or the last value.
fn by_line(text: &str) {
    let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().collect();
    for name in NAMES {
        // Behind a comment, so that a byte order mark is not at the beginning of the text.
        let each: Vec<_> = lines.iter().map(|line| dotenv(&format!("#\n{line}"), name)).collect();
        let error = each.iter().position(Result::is_err);
        match (dotenv(text, name), error) {
            (Err((line, problem)), Some(index)) => {
                assert_eq!(line, index + 1);
                assert_eq!(each[index].as_ref().err(), Some(&(2, problem)));
                assert!(!problem.is_empty());
            }
            (Ok(value), None) => assert_eq!(value, each.into_iter().filter_map(Result::ok).flatten().last()),
            (whole, _) => panic!("{whole:?}, but line by line {each:?}"),
        }
    }
}

/// Writes the text as a value, in each notation that can hold it.
fn round_trip(text: &str) {
    let value = text.replace('\r', "");
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('\n', "\\n");
    let mut notations = vec![format!("\"{escaped}\"")];
    if !value.contains(['\'', '\n']) {
        notations.push(format!("'{value}'"));
    }
    if !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/=:".contains(c)) {
        notations.push(value.clone());
    }
    for notation in notations {
        for line in [
            format!("A={notation}"),
            format!("  export A={notation} # comment"),
            format!("A={notation}\r\nB=1"),
        ] {
            assert_eq!(dotenv(&line, "A"), Ok(Some(value.clone())), "{line:?}");
        }
    }
}
