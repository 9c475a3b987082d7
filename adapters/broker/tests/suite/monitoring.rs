//! The dashboard and the alert rules in `monitoring`: their metrics exist, their expressions are valid, and the alerts are raised as
//! their tests say.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::operations::{names_on_the_wire, table};

const DASHBOARD: &str = include_str!("../../monitoring/dashboard.json");
const ALERTS: &str = include_str!("../../monitoring/alerts.yaml");
const ALERTS_TEST: &str = include_str!("../../monitoring/alerts-test.yaml");

/// Returns the names of the broker's metrics in a text.
fn metrics(text: &str) -> BTreeSet<String> {
    let is_end = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '_');
    text.split(is_end).filter(|word| word.starts_with("genesys_token_broker_")).map(str::to_owned).collect()
}

/// Runs promtool of the Debian package `prometheus`.
fn promtool(arguments: &[&str], folder: &Path) -> String {
    let output = Command::new("promtool").args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("promtool cannot be run: {error}"));
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {text}");
    text
}

/// Adds every value with this key below a value.
fn collect<'a>(key: &str, value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get(key).and_then(Value::as_str));
            members.values().for_each(|member| collect(key, member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(key, item, found)),
        _ => {}
    }
}

#[test]
fn the_dashboard_shows_every_metric_and_no_other() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut expressions = Vec::new();
    collect("expr", &dashboard["panels"], &mut expressions);
    assert!(expressions.len() >= dashboard["panels"].as_array().unwrap().len(), "a panel without a query");
    let mut queries = Vec::new();
    collect("definition", &dashboard["templating"], &mut queries);
    let exist: BTreeSet<_> = names_on_the_wire().into_iter().collect();
    assert_eq!(metrics(&expressions.concat()), exist);
    assert!(metrics(&queries.concat()).is_subset(&exist), "{queries:?}");
}

#[test]
fn the_expressions_of_the_dashboard_are_valid() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut expressions = Vec::new();
    collect("expr", &dashboard["panels"], &mut expressions);
    // As recording rules, because promtool checks files of rules.
    let mut rules = String::from("groups:\n- name: dashboard\n  rules:\n");
    for (number, expression) in expressions.iter().enumerate() {
        let expression = expression.replace("$__rate_interval", "5m");
        let expression = Value::from(expression);
        writeln!(rules, "  - record: panel:{number}\n    expr: {expression}").unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rules.yaml"), rules).unwrap();
    let text = promtool(&["check", "rules", "rules.yaml"], folder.path());
    assert!(text.contains(&format!("{} rules found", expressions.len())), "{text}");
}

#[test]
fn alerts_are_raised_when_their_tests_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("monitoring");
    promtool(&["check", "rules", "alerts.yaml"], &folder);
    promtool(&["test", "rules", "alerts-test.yaml"], &folder);
    let exist: BTreeSet<_> = names_on_the_wire().into_iter().collect();
    let used = metrics(ALERTS);
    assert!(used.is_subset(&exist), "{used:?}");
    for alert in alerts() {
        assert!(ALERTS_TEST.contains(&format!("alertname: {alert}\n")), "no test of {alert}");
    }
}

#[test]
fn every_alert_is_explained_and_no_other() {
    let explained: Vec<_> = table("| Alert |").into_iter().map(|(name, _)| name).collect();
    assert_eq!(explained, alerts());
}

fn alerts() -> Vec<&'static str> {
    let alerts: Vec<_> = ALERTS.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(!alerts.is_empty());
    alerts
}
