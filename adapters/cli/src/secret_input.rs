//! Reads a secret or a token from a file or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::ArgMatches;
use zeroize::Zeroizing;

use crate::duration;
use crate::exit::{Exit, Problem};
use crate::options::text;

/// The most bytes read: far more than any secret or token.
const MAX: u64 = 8192;

/// Longest file name without a dot or a separator that is repeated in a message: a longer one may be a secret in the wrong place.
const REPEATED_MAX: usize = 16;

/// The wait for the writer of a named pipe without `--timeout`: that of the library for credentials.
const PIPE_WAIT: Duration = Duration::from_secs(10);

/// Runs `read` on this file. A named pipe is waited for as long as `--timeout` allows, if the command has it: its writer may not come, or not
/// close it. `option` is named in errors.
pub(crate) fn in_time<T: Send + 'static>(
    options: Option<&ArgMatches>,
    option: &str,
    path: &Path,
    read: impl FnOnce(&Path) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    if !is_pipe(path) {
        return read(path);
    }
    // One that is not valid is reported where the client is built.
    let given = options.and_then(|options| text(options, "timeout")).and_then(duration::parse);
    let limit = given.unwrap_or(PIPE_WAIT);
    let (sender, receiver) = mpsc::sync_channel(1);
    let owned = path.to_owned();
    // Nothing but the end of the process ends this thread if the writer does not come.
    let started = thread::Builder::new().spawn(move || {
        let _ = sender.send(read(&owned));
    });
    started.map_err(|error| Problem::new(Exit::Other, format!("no thread could be started: {error}")))?;
    receiver.recv_timeout(limit).map_err(|_| {
        let limit = limit.as_secs();
        let why = format!(
            "{option}: {} is a named pipe that was not written and closed within {limit} s: check what writes to it, or allow more time \
             with --timeout",
            shown(path)
        );
        Problem::new(Exit::CredentialSource, why)
    })?
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    path.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo())
}

#[cfg(not(unix))]
const fn is_pipe(_: &Path) -> bool {
    false
}

/// As [`read`], for an option of a command with `--timeout`.
pub(crate) fn read_in_time(
    options: &ArgMatches,
    option: &'static str,
    path: &Path,
) -> Result<Zeroizing<String>, Problem> {
    in_time(Some(options), option, path, move |path| read(option, path))
}

/// Reads the text in `path`, or on standard input if that is `-`, without its last line end. `option` is named in errors.
pub(crate) fn read(option: &str, path: &Path) -> Result<Zeroizing<String>, Problem> {
    let text = read_public(option, path)?;
    if path.as_os_str() != "-" {
        warn_if_readable_by_all(option, path);
    }
    Ok(text)
}

/// As [`read`], for a text that every user may read.
pub(crate) fn read_public(option: &str, path: &Path) -> Result<Zeroizing<String>, Problem> {
    let text = if path.as_os_str() == "-" {
        text_of(io::stdin().lock()).map_err(|why| Problem::setting(option, format!("standard input {why}")))
    } else {
        let text = File::open(path).map_err(|error| unreadable(&error)).and_then(text_of);
        text.map_err(|why| Problem::setting(option, format!("{} {why}", shown(path))))
    }?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

/// Returns the file's name, unless it looks like a secret that was given in the place of a file.
fn shown(path: &Path) -> String {
    let name = path.display().to_string();
    if name.contains(['/', '\\', '.']) || name.len() <= REPEATED_MAX {
        format!("the file {name}")
    } else {
        "the file (its name is not repeated here, it might be a secret)".to_owned()
    }
}

fn text_of(reader: impl Read) -> Result<Zeroizing<String>, String> {
    // Large enough from the start: growing would leave copies behind that are not wiped.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * 8192));
    reader.take(MAX + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MAX {
        return Err(format!(
            "has more than {MAX} bytes, and no secret and no token has; check which file it is"
        ));
    }
    if is_utf16(&bytes) {
        return Err(
            "is encoded in UTF-16, as Windows PowerShell writes files with >; save it in UTF-8, for \
                    example with `Set-Content -Encoding utf8`"
                .to_owned(),
        );
    }
    // A byte order mark is what editors on Windows write.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|_| "is not text in UTF-8; check which file it is, and save it in UTF-8".to_owned())?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Returns whether there is a byte order mark of UTF-16, or ASCII characters in two bytes each.
fn is_utf16(bytes: &[u8]) -> bool {
    let zeros = |at: usize| bytes.len() >= 2 && bytes.iter().skip(at).step_by(2).all(|byte| *byte == 0);
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || zeros(0) || zeros(1)
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot be read ({error}); check its name and its permissions")
}

/// Not an error: container platforms mount secrets with these permissions inside the container.
#[cfg(unix)]
pub(crate) fn warn_if_readable_by_all(option: &str, path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0) {
        tracing::warn!(option, "every user of this machine may read the file: chmod o-r");
    }
}

#[cfg(not(unix))]
pub(crate) fn warn_if_readable_by_all(_: &str, _: &Path) {}
