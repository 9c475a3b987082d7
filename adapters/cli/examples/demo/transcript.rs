//! The output: events as they happen, and checks with their results.

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The results so far.
pub(crate) struct Transcript {
    checked: u32,
    failed: Vec<String>,
}

impl Transcript {
    /// Prints the client's events from now on.
    pub(crate) fn start() -> Self {
        START.get_or_init(Instant::now);
        // Fails only if one is set already, which does not happen here.
        let _ = tracing::subscriber::set_global_default(ClientEvents);
        Self { checked: 0, failed: Vec::new() }
    }

    /// Prints whether a statement is true, and notes it if not.
    pub(crate) fn check(&mut self, statement: &str, is_true: bool) {
        self.checked += 1;
        let verdict = if is_true { "true" } else { "FALSE" };
        say("check", format_args!("{verdict}: {statement}"));
        if !is_true {
            self.failed.push(statement.to_owned());
        }
    }

    /// Prints the last lines, and returns the exit code.
    pub(crate) fn end(self) -> ExitCode {
        if self.failed.is_empty() {
            print(format_args!("\nAll {} statements are true.", self.checked));
            return ExitCode::SUCCESS;
        }
        for statement in &self.failed {
            print(format_args!("\nThis statement is false: {statement}"));
        }
        ExitCode::FAILURE
    }
}

/// Prints the heading of a scene.
pub(crate) fn scene(title: &str) {
    print(format_args!("\n{title}"));
}

/// Prints a line of the transcript.
pub(crate) fn say(who: &str, what: impl Display) {
    let seconds = START.get_or_init(Instant::now).elapsed().as_secs_f32();
    print(format_args!("{seconds:7.3} s  {who:<8} {what}"));
}

static START: OnceLock<Instant> = OnceLock::new();

fn print(line: fmt::Arguments<'_>) {
    // If the reader has closed standard output, no message is needed.
    let _ = writeln!(io::stdout(), "{line}");
}

/// Prints events of this project's crates.
struct ClientEvents;

impl Subscriber for ClientEvents {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= LevelFilter::INFO && metadata.target().starts_with("genesys_token")
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = EventText(String::new());
        event.record(&mut text);
        say("client", text.0);
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

/// The message of an event, followed by its fields.
struct EventText(String);

impl Visit for EventText {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing into a `String` does not fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
