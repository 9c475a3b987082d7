//! Reads a secret or a token from a file or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::exit::Problem;

/// The most bytes read: far more than any secret or token.
const MAX: u64 = 8192;

/// The text in `path`, or on standard input if that is `-`, without the line end that ends it. `option` is what an
/// error names: the path is not repeated, for it may be a secret that was given in the wrong place.
pub(crate) fn read(option: &str, path: &Path) -> Result<Zeroizing<String>, Problem> {
    read_and(option, path, |file| warn_if_readable_by_all(option, file))
}

/// The same of what is no secret: everybody may read it.
pub(crate) fn read_public(option: &str, path: &Path) -> Result<Zeroizing<String>, Problem> {
    read_and(option, path, |_| ())
}

fn read_and(option: &str, path: &Path, look: impl FnOnce(&File)) -> Result<Zeroizing<String>, Problem> {
    let text = if path.as_os_str() == "-" {
        text_of(io::stdin().lock()).map_err(|why| Problem::setting(option, format!("standard input {why}")))
    } else {
        let file = File::open(path).map_err(|error| unreadable(&error));
        let text = file.and_then(|file| {
            look(&file);
            text_of(file)
        });
        text.map_err(|why| Problem::setting(option, format!("the file {why}")))
    }?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

fn text_of(reader: impl Read) -> Result<Zeroizing<String>, String> {
    // Room for all of it from the start: growing would leave copies behind that nobody wipes.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * 8192));
    reader.take(MAX + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MAX {
        return Err(format!("holds more than {MAX} bytes, which no secret and no token has"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| "holds something other than text".to_owned())?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

/// Not an error: container platforms mount secrets that way, inside the container.
#[cfg(unix)]
fn warn_if_readable_by_all(option: &str, file: &File) {
    use std::os::unix::fs::PermissionsExt as _;
    if file.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0) {
        tracing::warn!(option, "every user of this machine may read the file: chmod o-r");
    }
}

#[cfg(not(unix))]
fn warn_if_readable_by_all(_: &str, _: &File) {}
