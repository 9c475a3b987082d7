//! The parts of core that are weighed and timed, each as a device would call it.
//!
//! What goes in is opaque to the compiler and what comes out is used, so that nothing is computed beforehand or left out.

mod lifecycle;
mod nothing;
mod parser;
mod refusal;
mod request;
mod settings;

pub use lifecycle::lifecycle;
pub use nothing::nothing;
pub use parser::{parser, parser_without_wiping};
pub use refusal::{refusal, words};
pub use request::request;
pub use settings::settings;
