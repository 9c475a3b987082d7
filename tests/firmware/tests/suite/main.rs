//! The firmware, from power on to its end.

mod token;
