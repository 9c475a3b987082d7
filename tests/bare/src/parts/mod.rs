//! The parts of core that are weighed and timed, each as a device would call it.
//!
//! What goes in is opaque to the compiler and what comes out is used, so that nothing is computed beforehand or left out.

mod lifecycle;
mod parser;
mod refusal;
mod request;
mod settings;

pub use lifecycle::lifecycle;
pub use parser::parser;
pub use refusal::refusal;
pub use request::request;
pub use settings::settings;

use core::fmt::{self, Write};
use core::hint::black_box;

/// Takes text and drops it.
struct Sink;

impl Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        Ok(())
    }
}

/// Writes a value out for people.
fn show(value: &dyn fmt::Display) {
    let shown = write!(Sink, "{value}");
    let _ = black_box(shown);
}
