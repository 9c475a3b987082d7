//! The comparison as a log of the Static Analysis Results Interchange Format (SARIF 2.1.0, OASIS).

use serde_json::{Value, json};

use super::call::Place;
use super::compare::Comparison;
use super::report::explanation;

/// Rules with their levels and texts.
const RULES: [(&str, &str, &str); 3] = [
    ("missing-permission", "error", "The client's roles do not grant a permission that a call requires"),
    ("unknown-operation", "warning", "The OpenAPI document has no such operation"),
    ("unused-permission", "note", "The client's roles grant a permission that no call requires"),
];

/// Returns the log, on one line.
pub(super) fn log(comparison: &Comparison) -> String {
    let rules = RULES.iter().map(|(id, level, text)| {
        json!({"id": id, "shortDescription": {"text": text}, "defaultConfiguration": {"level": level}})
    });
    let mut results = Vec::new();
    for need in &comparison.needs {
        let rule = match &need.requirement {
            None => 1,
            Some(_) if !need.missing.is_empty() => 0,
            Some(_) => continue,
        };
        let text = format!("{}: {}", need.call, explanation(need));
        results.extend(need.places.iter().map(|place| result(rule, &text, Some(place))));
    }
    let of_unused = |permission: &String| result(2, &format!("no call requires {permission}"), None);
    results.extend(comparison.unused.iter().map(of_unused));
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "genesys-token audit",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<_>>(),
            }},
            "results": results,
        }],
    });
    format!("{log}\n")
}

fn result(rule: usize, text: &str, place: Option<&Place>) -> Value {
    let (id, level, _) = RULES[rule];
    let locations: Vec<_> = place.into_iter().map(location).collect();
    json!({"ruleId": id, "ruleIndex": rule, "level": level, "message": {"text": text}, "locations": locations})
}

fn location(place: &Place) -> Value {
    // A relative reference of RFC 3986: separated by slashes, other characters than the unreserved ones percent-encoded.
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let path = place.file.display().to_string().replace('\\', "/");
    let encode =
        |byte: u8| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let uri: String = path.trim_start_matches("./").bytes().map(encode).collect();
    json!({"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": place.line}}})
}
