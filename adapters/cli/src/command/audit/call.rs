//! Calls of the Platform API, and what they require.

use std::fmt;
use std::path::PathBuf;

use crate::command::permission::Grants;

/// The methods of operations.
pub(super) const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

/// A segment of a path that is a parameter.
pub(super) const PARAMETER: &str = "{}";

/// A call that a service makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// One of [`METHODS`].
    pub(super) method: &'static str,
    /// Whether the method stands in the source. Otherwise GET is assumed.
    pub(super) is_method_known: bool,
    /// The segments of the path; parameters are [`PARAMETER`].
    pub(super) segments: Vec<String>,
    pub(super) place: Place,
    /// The permissions that a manifest lists.
    pub(super) declared: Option<Requirement>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) file: PathBuf,
    /// Counted from 1.
    pub(super) line: usize,
}

/// Permissions of which all are required, or one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) is_any: bool,
    pub(super) permissions: Vec<String>,
}

impl Requirement {
    /// Returns the permissions that have to be added; with `is_any`, one of those returned.
    pub(super) fn missing(&self, grants: &Grants) -> Vec<&str> {
        let lacking = self.permissions.iter().filter(|permission| !grants.cover(permission));
        let lacking: Vec<_> = lacking.map(String::as_str).collect();
        if self.is_any && lacking.len() < self.permissions.len() { Vec::new() } else { lacking }
    }

    /// `ALL` or `ANY`, as in the `OpenAPI` document.
    pub(super) fn kind(&self) -> &'static str {
        if self.is_any { "ANY" } else { "ALL" }
    }
}

/// Returns the segments of a path. A segment with a parameter in braces is one as a whole.
pub(super) fn segments(path: &str) -> Vec<String> {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.map(|segment| if segment.contains('{') { PARAMETER } else { segment }.to_owned()).collect()
}

/// Returns the method by its name in any case.
pub(super) fn method(name: &str) -> Option<&'static str> {
    METHODS.into_iter().find(|method| method.eq_ignore_ascii_case(name))
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} /{}", self.method, self.segments.join("/"))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}
