//! The length of files: one that is longer than [`MAX_LINES`] has more than one purpose.

use std::{fs, path::Path};

use crate::{failure::Failure, program};

/// The limit that CONTRIBUTING.md states.
pub(super) const MAX_LINES: usize = 500;

/// Returns a message for each Rust file of the repository that is too long.
pub(super) fn violations(root: &Path) -> Result<Vec<String>, Failure> {
    let tracked = program::output(&mut program::new("git", &["ls-files", "*.rs"], root))?;
    let long = tracked.lines().filter_map(|file| {
        // Deleted, and not committed yet.
        let text = fs::read_to_string(root.join(file)).ok()?;
        violation(file, &text)
    });
    Ok(long.collect())
}

fn violation(file: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > MAX_LINES)
        .then(|| format!("{file}: has {lines} lines, {MAX_LINES} at most: split it by responsibility"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_more_than_500_lines_is_named() {
        assert_eq!(violation("core/src/lib.rs", &"\n".repeat(MAX_LINES)), None);
        let message = violation("core/src/lib.rs", &"\n".repeat(MAX_LINES + 1)).unwrap();
        assert!(message.starts_with("core/src/lib.rs: has 501 lines"), "{message}");
    }
}
