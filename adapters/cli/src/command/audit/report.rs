//! The comparison as text and as JSON.

use std::fmt::Write as _;

use serde_json::json;

use super::compare::{Comparison, Need};
use crate::color::{Color, Stream, paint};
use crate::token_info::visible;

/// Returns a paragraph for each call, and one for the permissions that none needs.
pub(super) fn text(comparison: &Comparison) -> String {
    let mut out = String::new();
    for need in &comparison.needs {
        let (word, color) = match (&need.requirement, need.missing.is_empty()) {
            (None, _) => ("unknown", Color::Caution),
            (Some(_), true) => ("ok", Color::Good),
            (Some(_), false) => ("MISSING", Color::Bad),
        };
        // Writing into a `String` does not fail.
        let _ =
            writeln!(out, "{}  {}", paint(Stream::Output, color, &format!("{word:<7}")), visible(&need.call));
        let _ = writeln!(out, "         {}", visible(&explanation(need)));
        for place in &need.places {
            let _ = writeln!(out, "         at {place}");
        }
    }
    for permission in &comparison.unused {
        let _ =
            writeln!(out, "{}   {}", paint(Stream::Output, Color::Caution, "unused"), visible(permission));
    }
    out
}

/// Says what a call requires, and what to do.
pub(super) fn explanation(need: &Need) -> String {
    let Some(requirement) = &need.requirement else {
        let assumed =
            if need.is_method_known { "" } else { " The method is assumed; name it in the same line." };
        return format!("The document has no such operation: check path and method.{assumed}");
    };
    let permissions = requirement.permissions.join(", ");
    match (requirement.permissions.as_slice(), need.missing.as_slice()) {
        ([], _) => "requires no permission".to_owned(),
        ([_], []) => format!("requires {permissions}"),
        ([_], _) => format!("requires {permissions}: not granted"),
        (_, []) => format!("requires {} of {permissions}", if requirement.is_any { "one" } else { "all" }),
        (_, _) if requirement.is_any => format!("requires one of {permissions}: none is granted"),
        (_, missing) => format!("requires all of {permissions}: not granted {}", missing.join(", ")),
    }
}

/// Returns one object on one line.
pub(super) fn json(comparison: &Comparison) -> String {
    let calls = comparison.needs.iter().map(|need| {
        let places = need
            .places
            .iter()
            .map(|place| json!({"file": place.file.display().to_string(), "line": place.line}));
        let requires = need.requirement.as_ref();
        let requires = requires.map(|it| json!({"type": it.kind(), "permissions": it.permissions}));
        json!({
            "call": need.call,
            "places": places.collect::<Vec<_>>(),
            "requires": requires,
            "scopes": need.scopes,
            "missing": need.missing,
        })
    });
    format!("{}\n", json!({"calls": calls.collect::<Vec<_>>(), "unused": comparison.unused}))
}
