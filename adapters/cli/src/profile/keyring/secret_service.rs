//! The Secret Service of a desktop, asked by libsecret's own program `secret-tool`.

use std::io::{self, Write as _};
use std::process::{Command, Output, Stdio};

use zeroize::{Zeroize as _, Zeroizing};

use super::Error;

const PROGRAM: &str = "secret-tool";

pub(super) fn read(service: &str, name: &str) -> Result<Option<Zeroizing<String>>, Error> {
    let mut output = run("lookup", &[], service, name, "")?;
    if is_silent(&output) {
        return missing(service, name).map(|()| None);
    }
    succeeded(&output)?;
    // `echo SECRET | secret-tool store …` stores the newline too.
    if output.stdout.ends_with(b"\n") {
        output.stdout.pop();
    }
    match String::from_utf8(std::mem::take(&mut output.stdout)) {
        Ok(secret) => Ok(Some(Zeroizing::new(secret))),
        Err(error) => {
            error.into_bytes().zeroize();
            Err(Error::NotText)
        }
    }
}

pub(super) fn write(service: &str, name: &str, secret: &str) -> Result<(), Error> {
    let label = format!("--label={name} ({service})");
    // Replaces the entry with these attributes.
    succeeded(&run("store", &[&label], service, name, secret)?)
}

pub(super) fn remove(service: &str, name: &str) -> Result<bool, Error> {
    let output = run("clear", &[], service, name, "")?;
    if is_silent(&output) {
        return missing(service, name).map(|()| false);
    }
    succeeded(&output).map(|()| true)
}

/// Returns whether the program failed without a message: there is no such entry, or it is locked.
fn is_silent(output: &Output) -> bool {
    !output.status.success() && output.stderr.is_empty()
}

/// Fails if there is such an entry, which is then locked.
fn missing(service: &str, name: &str) -> Result<(), Error> {
    let mut output = run("search", &[], service, name, "")?;
    let is_listed = !output.stdout.is_empty();
    // A list contains the secrets of unlocked entries.
    output.stdout.zeroize();
    if is_listed {
        return Err(Error::Locked("the entry is locked".to_owned()));
    }
    succeeded(&output)
}

/// Runs a command of the program on the entry of this name, with this standard input: no argument contains a secret.
fn run(command: &str, options: &[&str], service: &str, name: &str, input: &str) -> Result<Output, Error> {
    let mut program = Command::new(PROGRAM);
    program.arg(command).args(options).args(["service", service, "username", name]);
    // `succeeded` reads its messages.
    program.env("LC_ALL", "C.UTF-8");
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().map_err(|error| not_run(&error))?;
    if let Some(mut stdin) = child.stdin.take() {
        // If the program ends before it has read everything, its message says why.
        let _ = stdin.write_all(input.as_bytes());
    }
    child.wait_with_output().map_err(|error| not_run(&error))
}

fn not_run(error: &io::Error) -> Error {
    Error::Unreachable(match error.kind() {
        io::ErrorKind::NotFound => format!(
            "the program {PROGRAM}, by which it is asked, is not installed; on Debian it is in the package libsecret-tools, on Fedora in \
             libsecret"
        ),
        _ => format!("the program {PROGRAM} cannot be run: {error}"),
    })
}

/// Returns the error that the program reported, if it failed.
fn succeeded(output: &Output) -> Result<(), Error> {
    if output.status.success() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = message.lines().filter_map(|line| line.strip_prefix("secret-tool: ")).collect();
    let why = if lines.is_empty() { format!("{PROGRAM}: {}", output.status) } else { lines.join("; ") };
    Err(if why.contains("locked") || why.contains("dismissed") {
        Error::Locked(why)
    } else if ["org.freedesktop.secrets", "D-Bus", "connect"].iter().any(|text| why.contains(text)) {
        // There is no bus, or no program on it that keeps secrets.
        Error::Unreachable(why)
    } else {
        Error::Refused(why)
    })
}
