//! The error that stops the command.

/// A message for the person at the terminal.
pub(crate) type Failure = Box<dyn std::error::Error>;
