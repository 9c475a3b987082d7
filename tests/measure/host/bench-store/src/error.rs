//! The error that stops the measurement.

use std::error::Error;

/// A message for the person at the terminal.
pub(crate) type AnyError = Box<dyn Error>;
