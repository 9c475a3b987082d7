//! `--verbose`: the client's events as lines on standard error.
//!
//! A subscriber of its own, because that is all that is needed of one, and a tool that people download should be small.

use std::fmt;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Instant;

use clap::ArgMatches;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Only events of this project: its libraries are known to hold no secrets in theirs.
const OURS: &str = "genesys_token";

/// Prints events from now on: `-v` those of interest, `-vv` all.
pub(crate) fn start(options: &ArgMatches) {
    let level = match options.try_get_one::<u8>("verbose") {
        Ok(Some(1)) => LevelFilter::INFO,
        Ok(Some(2..)) => LevelFilter::TRACE,
        _ => return,
    };
    let lines = Lines { level, start: Instant::now() };
    // Fails only if there is one already, and nobody else sets one.
    let _ = tracing::subscriber::set_global_default(lines);
}

struct Lines {
    level: LevelFilter,
    start: Instant,
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level && metadata.target().starts_with(OURS)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line { message: String::new(), fields: String::new() };
        event.record(&mut line);
        let seconds = self.start.elapsed().as_secs_f32();
        let level = event.metadata().level();
        let _ = writeln!(io::stderr(), "{seconds:8.3} s {level:<5} {}{}", line.message, line.fields);
    }

    // Spans tell nothing here that the events do not.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The message first, then `name=value` in the order of the event.
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing into a `String` does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
