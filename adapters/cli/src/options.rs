//! Reading what clap has parsed.
//!
//! Asking clap for an option that was not defined, or for another type than it was defined with, is our own mistake. It
//! must not end in a panic: the option is then taken as not given.

use std::path::Path;
use std::path::PathBuf;

use clap::ArgMatches;

/// The text of an option, if it was given.
pub(crate) fn text<'a>(options: &'a ArgMatches, name: &str) -> Option<&'a str> {
    options.try_get_one::<String>(name).ok().flatten().map(String::as_str)
}

/// The path of an option, if it was given.
pub(crate) fn path<'a>(options: &'a ArgMatches, name: &str) -> Option<&'a Path> {
    options.try_get_one::<PathBuf>(name).ok().flatten().map(PathBuf::as_path)
}

/// One of a fixed set of values, if it was given.
pub(crate) fn one_of<T: Copy + Send + Sync + 'static>(options: &ArgMatches, name: &str) -> Option<T> {
    options.try_get_one::<T>(name).ok().flatten().copied()
}
