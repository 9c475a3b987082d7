//! Runs other programs: the command is printed before it runs, and again when it fails.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

use crate::failure::Failure;

/// Variables that `cargo run` sets for its program. If they were passed on, cargo would rebuild every crate that reads them.
const OWN_VARIABLES: &[&str] = &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_NAME", "CARGO_BIN_NAME"];

/// Returns a command without standard input, so that nothing waits for input in CI.
pub(crate) fn new(program: impl AsRef<Path>, arguments: &[&str], directory: &Path) -> Command {
    let mut command = Command::new(program.as_ref());
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for own in names.filter(|name| OWN_VARIABLES.iter().any(|own| name.starts_with(own))) {
        command.env_remove(own);
    }
    command
}

/// Runs a command and shows its output while it runs.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let shown = display(command);
    println!("$ {shown}");
    let status = command.status().map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed ({status})").into()) }
}

/// Runs a command and returns its standard output. Its standard error is shown only if it fails.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let shown = display(command);
    let output = command.output().map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let printed = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{shown}` failed ({})\n{}", output.status, printed.trim_end()).into())
}

/// Runs a command and returns its standard output. Its standard error is shown while it runs.
pub(crate) fn printed(command: &mut Command) -> Result<String, Failure> {
    let shown = display(command);
    println!("$ {shown}");
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    Err(format!("`{shown}` failed ({})", output.status).into())
}

/// Returns the command line as a user would type it.
pub(crate) fn display(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", name.to_string_lossy(), quoted(&value.to_string_lossy())));
        }
    }
    words.push(command.get_program().to_string_lossy().into_owned());
    words.extend(command.get_args().map(|word| quoted(&word.to_string_lossy())));
    words.join(" ")
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains(|c: char| c.is_whitespace() || "'\"$&|;<>()*?".contains(c)) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        word.to_owned()
    }
}
