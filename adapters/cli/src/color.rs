//! Colours on terminals: `--color`, `NO_COLOR`.

use std::env;
use std::io::{self, IsTerminal as _};

use clap::builder::PossibleValue;

use crate::options::early;

/// The values of `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum When {
    #[default]
    Auto,
    Always,
    Never,
}

impl clap::ValueEnum for When {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Auto, Self::Always, Self::Never]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Auto => PossibleValue::new("auto").help("on terminals, unless NO_COLOR is set"),
            Self::Always => PossibleValue::new("always").help("also in files and pipes"),
            Self::Never => PossibleValue::new("never").help("nowhere"),
        })
    }
}

/// Where a text is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Output,
    Error,
}

/// What a colour says. The text says it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Color {
    Good,
    Bad,
    Caution,
}

/// Returns the text with the escape sequences of a colour (ECMA-48, SGR), if this stream gets colours.
pub(crate) fn paint(stream: Stream, color: Color, text: &str) -> String {
    if !is_on(stream) {
        return text.to_owned();
    }
    let code = match color {
        Color::Good => 32,
        Color::Bad => 31,
        Color::Caution => 33,
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// Read from the arguments themselves, because the failure to be printed may be that they cannot be parsed.
fn is_on(stream: Stream) -> bool {
    match early("--color").as_deref() {
        Some("always") => true,
        Some("never") => false,
        _ => {
            // https://no-color.org: any value but an empty one.
            let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
            let is_terminal = match stream {
                Stream::Output => io::stdout().is_terminal(),
                Stream::Error => io::stderr().is_terminal(),
            };
            is_terminal && !is_set("NO_COLOR") && shows_colors()
        }
    }
}

#[cfg(not(windows))]
fn shows_colors() -> bool {
    env::var_os("TERM").is_some_and(|term| term != "dumb")
}

/// The old console shows escape sequences as text unless it is configured otherwise.
#[cfg(windows)]
fn shows_colors() -> bool {
    ["WT_SESSION", "TERM", "ConEmuANSI"].iter().any(|name| env::var_os(name).is_some())
}
