//! The log: the client's events as lines on standard error.
//!
//! A minimal subscriber, because the program needs no more and should be small.

use std::env;
use std::fmt;
use std::io::{self, Write as _};
use std::time::Instant;

use clap::ArgMatches;
use clap::builder::PossibleValue;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::event_line::{EventLine, is_ours};
use crate::options::one_of;

/// The format of the log, or of the message after a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

impl clap::ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Text, Self::Json]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Text => PossibleValue::new("text").help("a line for people"),
            Self::Json => PossibleValue::new("json").help("one object per line"),
        })
    }
}

/// Returns the value of `--error-format`. Read from the arguments themselves, because the failure may be that they cannot be parsed.
pub(crate) fn error_format() -> Format {
    let mut arguments = env::args_os().skip(1).take_while(|argument| argument != "--");
    while let Some(argument) = arguments.next() {
        let is_json = match argument.to_str() {
            Some("--error-format") => arguments.next().is_some_and(|value| value == "json"),
            Some("--error-format=json") => true,
            _ => continue,
        };
        return if is_json { Format::Json } else { Format::Text };
    }
    Format::Text
}

/// Prints events from now on: with `-v` those of level `INFO` and above, with `-vv` all.
pub(crate) fn start(options: &ArgMatches) {
    let level = match options.try_get_one::<u8>("verbose") {
        Ok(Some(1)) => LevelFilter::INFO,
        Ok(Some(2..)) => LevelFilter::TRACE,
        _ => return,
    };
    let format = one_of(options, "log-format").unwrap_or_default();
    let lines = Lines { level, format, start: Instant::now() };
    // Fails only if one is set already, which does not happen here.
    let _ = tracing::subscriber::set_global_default(lines);
}

struct Lines {
    level: LevelFilter,
    format: Format,
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
        let elapsed = self.start.elapsed();
        let level = event.metadata().level();
        let _ = match self.format {
            Format::Text => {
                let seconds = elapsed.as_secs_f32();
                writeln!(io::stderr(), "{seconds:8.3} s {level:<5} {}", EventLine::of(event))
            }
            Format::Json => {
                let mut fields = Fields(Map::new());
                event.record(&mut fields);
                let message = fields.0.remove("message");
                let ms = elapsed.as_millis();
                let line = json!({"ms": ms, "level": level.as_str(), "message": message, "fields": fields.0});
                writeln!(io::stderr(), "{line}")
            }
        };
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

/// The fields of an event as JSON.
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}
