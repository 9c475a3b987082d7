//! The peers' files: configurations with `{name}` in place of what is known at start only.

use std::fs;
use std::path::Path;

use crate::PeerError;

/// `template` with each `{name}` replaced by its value.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// Writes a file a peer reads.
pub(crate) fn write(directory: &Path, name: &str, content: &str) -> Result<(), PeerError> {
    fs::write(directory.join(name), content).map_err(PeerError::io(format_args!("writing {name}")))
}
