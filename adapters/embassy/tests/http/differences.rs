//! The list `data/http_differences.txt`, and the names of errors in it. The fuzz target `http_response` uses this file too.

use std::collections::{HashMap, HashSet};

use genesys_token_embassy::http::{HttpErrorKind, ResponseError};

/// Errors of ours with which hyper may accept a response, and the names of the cases that show it.
pub(crate) fn differences() -> HashMap<String, HashSet<&'static str>> {
    let mut differences: HashMap<_, HashSet<_>> = HashMap::new();
    for line in include_str!("../data/http_differences.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let columns: Vec<_> = line.split(" | ").collect();
        let [error, case, _reason] = columns.as_slice() else { panic!("not three columns: {line}") };
        differences.entry((*error).to_owned()).or_default().insert(*case);
    }
    differences
}

/// The name of an error without the size that was needed.
pub(crate) fn kind(error: &str) -> String {
    error.split_once(',').map_or_else(|| error.to_owned(), |(before, _)| format!("{before})"))
}

/// The name of an error in the table.
pub(crate) fn name<E: core::fmt::Debug>(error: &HttpErrorKind<E>) -> String {
    match error {
        HttpErrorKind::Response(error) => name_of_response_error(error),
        other => format!("{other:?}"),
    }
}

pub(crate) fn name_of_response_error(error: &ResponseError) -> String {
    match error {
        ResponseError::TooLarge { part, needed, .. } => {
            let needed = needed.map_or_else(|| "?".to_owned(), |needed| needed.to_string());
            format!("TooLarge({part:?},{needed})")
        }
        other => format!("{other:?}"),
    }
}
