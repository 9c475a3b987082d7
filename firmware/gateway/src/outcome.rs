//! How the program ends.

/// The program's outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, defmt::Format)]
pub enum Outcome {
    /// The number of calls in the settings were answered.
    Done,
    /// The number of failed calls in the settings was reached, or the settings cannot work.
    Failed,
}
