//! `--verbose`: the client's events as lines on standard error.
//!
//! A subscriber of its own, because that is all that is needed of one, and a tool that people download should be small.

use std::io::{self, Write as _};
use std::time::Instant;

use clap::ArgMatches;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::event_line::{EventLine, is_ours};

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
        *metadata.level() <= self.level && is_ours(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        let seconds = self.start.elapsed().as_secs_f32();
        let level = event.metadata().level();
        let _ = writeln!(io::stderr(), "{seconds:8.3} s {level:<5} {}", EventLine::of(event));
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
