//! Access to the parsed options.
//!
//! An option that a command does not define, or defines with another type, counts as not given: clap's own accessors panic instead.

use std::env;
use std::path::Path;
use std::path::PathBuf;

use clap::ArgMatches;

/// Returns the value of an option, if it was given.
fn given<'a, T: Clone + Send + Sync + 'static>(options: &'a ArgMatches, name: &str) -> Option<&'a T> {
    // Without any option clap's code is not needed, and need not be in memory.
    if options.args_present() { options.try_get_one(name).ok().flatten() } else { None }
}

/// Returns the text of an option, if it was given.
pub(crate) fn text<'a>(options: &'a ArgMatches, name: &str) -> Option<&'a str> {
    given::<String>(options, name).map(String::as_str)
}

/// Returns the path of an option, if it was given.
pub(crate) fn path<'a>(options: &'a ArgMatches, name: &str) -> Option<&'a Path> {
    given::<PathBuf>(options, name).map(PathBuf::as_path)
}

/// Returns the paths of an option that may be repeated.
pub(crate) fn paths<'a>(options: &'a ArgMatches, name: &str) -> impl Iterator<Item = &'a PathBuf> {
    options.try_get_many::<PathBuf>(name).ok().flatten().into_iter().flatten()
}

/// Returns the value of an option with a fixed set of values, if it was given.
pub(crate) fn one_of<T: Copy + Send + Sync + 'static>(options: &ArgMatches, name: &str) -> Option<T> {
    given(options, name).copied()
}

/// Returns whether a flag was given.
pub(crate) fn flag(options: &ArgMatches, name: &str) -> bool {
    given(options, name).copied().unwrap_or_default()
}

/// Returns the value of an option as it is written in the arguments, for what is needed before they are parsed, or when they cannot be.
pub(crate) fn early(name: &str) -> Option<String> {
    let mut arguments = env::args_os().skip(1).take_while(|argument| argument != "--");
    while let Some(argument) = arguments.next() {
        let Some(rest) = argument.to_str().and_then(|argument| argument.strip_prefix(name)) else { continue };
        match rest.strip_prefix('=') {
            Some(value) => return Some(value.to_owned()),
            None if rest.is_empty() => return arguments.next()?.into_string().ok(),
            None => {}
        }
    }
    None
}
