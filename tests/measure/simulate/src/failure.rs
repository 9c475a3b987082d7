//! What stops the command.

/// A message for the person in front of the terminal.
pub(crate) type Failure = Box<dyn std::error::Error>;
