//! Configuration files of the peers, with `{name}` in place of values that are known at start.

use std::fs;
use std::path::Path;

use crate::PeerError;

/// Returns `template` with each `{name}` replaced by its value.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// Writes a configuration file.
pub(crate) fn write(directory: &Path, name: &str, content: &str) -> Result<(), PeerError> {
    fs::write(directory.join(name), content).map_err(PeerError::io(format_args!("writing {name}")))
}
