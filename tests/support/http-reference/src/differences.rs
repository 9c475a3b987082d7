//! The list `differences.txt`: where hyper accepts a response that the device's client rejects, and why.

use std::collections::{HashMap, HashSet};

use genesys_token_http::{HttpErrorKind, ResponseError};

/// Returns the device client's errors with which hyper may accept a response, each with the names of the cases that show it.
#[must_use]
pub fn differences() -> HashMap<String, HashSet<&'static str>> {
    let mut differences: HashMap<_, HashSet<_>> = HashMap::new();
    for line in include_str!("differences.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let columns: Vec<_> = line.split(" | ").collect();
        let [error, case, _reason] = columns.as_slice() else { panic!("not three columns: {line}") };
        differences.entry((*error).to_owned()).or_default().insert(*case);
    }
    differences
}

/// Returns the name of an error without the size that was needed.
#[must_use]
pub fn without_size(name: &str) -> String {
    name.split_once(',').map_or_else(|| name.to_owned(), |(before, _)| format!("{before})"))
}

/// Returns the name of an error in the list and in the table of cases.
pub fn name<E: core::fmt::Debug>(error: &HttpErrorKind<E>) -> String {
    match error {
        HttpErrorKind::Response(error) => name_of_response_error(error),
        other => format!("{other:?}"),
    }
}

/// Returns the name of a response error in the list and in the table of cases: `TooLarge(Body,9)` has the part and the size that was
/// needed, `?` where that is unknown.
#[must_use]
pub fn name_of_response_error(error: &ResponseError) -> String {
    match error {
        ResponseError::TooLarge { part, needed, .. } => {
            let needed = needed.map_or_else(|| "?".to_owned(), |needed| needed.to_string());
            format!("TooLarge({part:?},{needed})")
        }
        ResponseError::ContentCoding(_) => "ContentCoding".to_owned(),
        other => format!("{other:?}"),
    }
}
