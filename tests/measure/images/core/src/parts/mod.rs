//! The measured parts of core and of the device's client, each called as by a device.
//!
//! Inputs are opaque to the compiler and results are used, so that nothing is computed at compile time or removed.

mod call;
mod device;
mod http;
mod lifecycle;
mod longest;
mod nothing;
mod parser;
mod refusal;
mod request;
mod settings;

pub use call::call;
pub use device::device;
pub use http::http;
pub use lifecycle::lifecycle;
pub use longest::longest;
pub use nothing::nothing;
pub use parser::{parser, parser_without_wiping};
pub use refusal::{messages, refusal};
pub use request::{grants, request};
pub use settings::settings;
