//! The log: the client's events as lines on standard error.
//!
//! A minimal subscriber, because the program needs no more and should be small.

use std::fmt;
use std::io::{self, Write as _};
use std::mem;
use std::sync::Mutex;
use std::time::Instant;

use clap::ArgMatches;
use clap::builder::PossibleValue;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::certificate::Certificate;
use crate::color::{Color, Stream, paint};
use crate::date;
use crate::event_line::{EventLine, is_ours};
use crate::options::{early, one_of};

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
    if early("--error-format").as_deref() == Some("json") { Format::Json } else { Format::Text }
}

/// An event that was kept.
pub(crate) struct Kept {
    pub(crate) message: String,
    pub(crate) fields: Map<String, Value>,
}

static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

/// Returns the events since the last call, of a command that keeps them.
pub(crate) fn kept() -> Vec<Kept> {
    KEPT.lock().map(|mut kept| mem::take(&mut *kept)).unwrap_or_default()
}

/// Prints events from now on: with `-v` those of level `INFO` and above, with `-vv` all. With `keep` they are kept as well, for [`kept`].
pub(crate) fn start(options: &ArgMatches, keep: bool) {
    let level = match options.try_get_one::<u8>("verbose") {
        Ok(Some(1)) => LevelFilter::INFO,
        Ok(Some(2..)) => LevelFilter::TRACE,
        _ if keep => LevelFilter::OFF,
        _ => return,
    };
    let format = one_of(options, "log-format").unwrap_or_default();
    let lines = Lines { level, format, keep, start: Instant::now() };
    // Fails only if one is set already, which does not happen here.
    let _ = tracing::subscriber::set_global_default(lines);
}

struct Lines {
    level: LevelFilter,
    format: Format,
    keep: bool,
    start: Instant,
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        (self.keep || *metadata.level() <= self.level) && is_ours(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(if self.keep { LevelFilter::TRACE } else { self.level })
    }

    fn event(&self, event: &Event<'_>) {
        let elapsed = self.start.elapsed();
        let level = event.metadata().level();
        if self.keep {
            let (message, fields) = Fields::of(event);
            if let Ok(mut kept) = KEPT.lock() {
                kept.push(Kept { message, fields });
            }
        }
        if *level > self.level {
            return;
        }
        let _ = match self.format {
            Format::Text => {
                let seconds = elapsed.as_secs_f32();
                let name = format!("{level:<5}");
                let name =
                    if *level == Level::WARN { paint(Stream::Error, Color::Caution, &name) } else { name };
                let line = if event.metadata().fields().field(CERTIFICATE).is_some() {
                    Fields::line(event)
                } else {
                    EventLine::of(event).to_string()
                };
                writeln!(io::stderr(), "{seconds:8.3} s {name} {line}")
            }
            Format::Json => {
                let (message, fields) = Fields::of(event);
                let ms = elapsed.as_millis();
                let line = json!({"ms": ms, "level": level.as_str(), "message": message, "fields": fields});
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

/// The field with a certificate (DER), of which the log shows what people read.
const CERTIFICATE: &str = "certificate";

/// The fields of an event as JSON.
struct Fields(Map<String, Value>);

impl Fields {
    /// Returns the message, and the other fields.
    fn of(event: &Event<'_>) -> (String, Map<String, Value>) {
        let mut fields = Self(Map::new());
        event.record(&mut fields);
        let message = fields.0.remove("message");
        (message.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(), fields.0)
    }

    /// Returns the message, then ` name=value`.
    fn line(event: &Event<'_>) -> String {
        let (mut line, fields) = Self::of(event);
        for (name, value) in fields {
            line.extend([" ", name.as_str(), "=", &value.to_string()]);
        }
        line
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        if field.name() != CERTIFICATE {
            return;
        }
        let mut add = |name: &str, value: String| self.0.insert(name.to_owned(), value.into());
        match Certificate::read(value) {
            Some(certificate) => {
                add("subject", certificate.subject);
                add("issuer", certificate.issuer);
                add("key", certificate.key);
                add("not_before", date::rfc3339(certificate.not_before));
                add("not_after", date::rfc3339(certificate.not_after));
            }
            None => _ = add(CERTIFICATE, "malformed".to_owned()),
        }
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
