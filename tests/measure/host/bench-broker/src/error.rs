//! What stops the measurement.

use std::error::Error;

/// A message for the person in front of the terminal.
pub(crate) type AnyError = Box<dyn Error>;
