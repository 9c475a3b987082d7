//! `--verbose`: the client's events as lines on standard error.
//!
//! A minimal subscriber, because the program needs no more and should be small.

use std::io::{self, Write as _};
use std::time::Instant;

use clap::ArgMatches;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::event_line::{EventLine, is_ours};

/// Prints events from now on: with `-v` those of level `INFO` and above, with `-vv` all.
pub(crate) fn start(options: &ArgMatches) {
    let level = match options.try_get_one::<u8>("verbose") {
        Ok(Some(1)) => LevelFilter::INFO,
        Ok(Some(2..)) => LevelFilter::TRACE,
        _ => return,
    };
    let lines = Lines { level, start: Instant::now() };
    // Fails only if one is set already, which does not happen here.
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

    // Spans add nothing to the events here.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
