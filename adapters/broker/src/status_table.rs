//! `genesys-token-broker status`: the broker's state as a table for people.

use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

/// Asks the broker at this socket.
///
/// # Errors
/// The socket cannot be used, or the broker refused.
pub fn fetch(socket: &Path) -> io::Result<Value> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(b"GET /status HTTP/1.1\r\nHost: broker\r\nConnection: close\r\n\r\n")?;
    let mut response = String::new();
    stream.take(4 * 1024 * 1024).read_to_string(&mut response)?;
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    if head.starts_with("HTTP/1.1 200 ") {
        return Ok(body);
    }
    let reason = body["error_description"].as_str().unwrap_or("it did not answer as a broker does");
    Err(io::Error::other(reason.to_owned()))
}

/// Returns the table. `colour`: with terminal escapes for the state.
#[must_use]
pub fn table(status: &Value, colour: bool) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = writeln!(
        text,
        "{:<16} {:<11} {:>9} {:>9} {:>9}  {:<10} CONSUMERS",
        "CLIENT", "STATE", "AGE", "REFRESH", "ENDS IN", "SECRET"
    );
    for client in status["clients"].as_array().into_iter().flatten() {
        let state = client["state"].as_str().unwrap_or("?");
        let shown = match (colour, state) {
            (true, "valid") => format!("\x1b[32m{state:<11}\x1b[0m"),
            (true, "failed") => format!("\x1b[31m{state:<11}\x1b[0m"),
            _ => format!("{state:<11}"),
        };
        let consumers = client["consumers"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let consumers: Vec<_> = consumers.collect();
        let _ = writeln!(
            text,
            "{:<16} {shown} {:>9} {:>9} {:>9}  {:<10} {}",
            client["name"].as_str().unwrap_or("?"),
            duration(&client["age_seconds"]),
            duration(&client["next_exchange_in_seconds"]),
            duration(&client["expires_in_seconds"]),
            client["credentials"].as_str().unwrap_or("?"),
            consumers.join(", "),
        );
        if let Some(error) = client["error"].as_str() {
            let _ = writeln!(text, "  {error}");
            if let Some(retry) = client["retry_in_seconds"].as_u64() {
                let _ = writeln!(text, "  next attempt in {retry} s");
            }
        } else if let Some(error) = client["last_failure"]["error"].as_str() {
            let age = duration(&client["last_failure"]["age_seconds"]);
            let _ = writeln!(text, "  since then successful; {age} ago: {error}");
        }
    }
    text
}

fn duration(seconds: &Value) -> String {
    let Some(seconds) = seconds.as_u64() else { return "-".to_owned() };
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        _ => format!("{} h {:02}", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_state_and_advice_without_colour_unless_asked() {
        let status = serde_json::json!({ "clients": [
            { "name": "main", "state": "valid", "age_seconds": 61, "next_exchange_in_seconds": 70_000, "expires_in_seconds": 86_000, "credentials": "primary", "consumers": ["a", "b"] },
            { "name": "old", "state": "failed", "credentials": "primary", "consumers": [], "error": "client authentication failed", "retry_in_seconds": 300 },
        ] });
        let text = table(&status, false);
        assert!(
            text.contains("main             valid            61 s   19 h 26   23 h 53  primary    a, b\n"),
            "{text}"
        );
        assert!(text.contains("  client authentication failed\n  next attempt in 300 s\n"), "{text}");
        assert!(!text.contains('\x1b'));
        assert!(table(&status, true).contains("\x1b[31mfailed     \x1b[0m"));
    }
}
