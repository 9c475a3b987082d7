//! Standard output.

use std::io::{self, Write as _};

use crate::exit::{Exit, Problem};

/// Prints a text.
pub(crate) fn print(text: &str) -> Result<(), Problem> {
    print_bytes(text.as_bytes())
}

/// Prints bytes as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Problem> {
    let mut out = io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.map_err(|error| failed(&error))
}

/// Returns a message about standard output that cannot be written.
pub(crate) fn failed(error: &io::Error) -> Problem {
    Problem::new(Exit::Other, format!("standard output cannot be written ({error}); check where it leads"))
}
