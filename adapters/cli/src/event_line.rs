//! An event of the client as one line of text, for `--verbose`.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Metadata};

/// Returns whether the event is from a library of this project: their events hold no secrets.
pub(crate) fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("genesys_token")
}

/// The message, then ` name=value` in the order of the event.
pub(crate) struct EventLine {
    message: String,
    fields: String,
}

impl EventLine {
    pub(crate) fn of(event: &Event<'_>) -> Self {
        let mut line = Self { message: String::new(), fields: String::new() };
        event.record(&mut line);
        line
    }
}

impl Visit for EventLine {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing into a `String` does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

impl fmt::Display for EventLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        f.write_str(&self.fields)
    }
}
