//! The service's `OpenAPI` document (Swagger 2.0). Its operations are read one after the other, and only those are kept that one of the calls
//! may be, so memory does not grow with the document.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufReader, Read};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};

use super::call::{Call, PARAMETER, Requirement, method, segments};

/// An operation, with what it requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) segments: Vec<String>,
    pub(super) requirement: Requirement,
    /// Scopes of which one is required of tokens that act for a user.
    pub(super) scopes: Vec<String>,
}

/// Reads the operations that may be one of the calls.
pub(super) fn read(document: impl Read, calls: &[Call]) -> Result<Vec<Operation>, String> {
    let mut operations = Vec::new();
    let mut parser = serde_json::Deserializer::from_reader(BufReader::with_capacity(64 * 1024, document));
    let root = Root { calls, operations: &mut operations };
    root.deserialize(&mut parser).and_then(|()| parser.end()).map_err(|error| {
        if error.is_io() {
            return format!("it cannot be read ({error})");
        }
        // The parser's own message may repeat a part of the document.
        let (line, column) = (error.line(), error.column());
        format!(
            "it is not the OpenAPI document of the service, or not complete (line {line}, column {column})"
        )
    })?;
    Ok(operations)
}

impl Operation {
    /// Returns whether a call with this path may be this operation, and how many of its segments are literally the same.
    pub(super) fn likeness(&self, path: &[String]) -> Option<usize> {
        likeness(&self.segments, path)
    }
}

/// A parameter of the document stands for any segment; a parameter of a call only for a parameter.
fn likeness(template: &[String], path: &[String]) -> Option<usize> {
    if template.len() != path.len() {
        return None;
    }
    let mut same = 0;
    for (template, segment) in template.iter().zip(path) {
        if template == segment {
            same += 1;
        } else if template != PARAMETER {
            return None;
        }
    }
    Some(same)
}

struct Root<'a> {
    calls: &'a [Call],
    operations: &'a mut Vec<Operation>,
}

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an OpenAPI document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut has_paths = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == "paths" {
                has_paths = true;
                map.next_value_seed(Paths(Root { calls: self.calls, operations: self.operations }))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if has_paths { Ok(()) } else { Err(A::Error::missing_field("paths")) }
    }
}

struct Paths<'a>(Root<'a>);

impl<'de> DeserializeSeed<'de> for Paths<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Paths<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("paths with their operations")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(path) = map.next_key::<String>()? {
            let segments = segments(&path);
            if !self.0.calls.iter().any(|call| likeness(&segments, &call.segments).is_some()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            for (name, fields) in map.next_value::<BTreeMap<String, Fields>>()? {
                // `parameters` may stand beside the methods.
                let Some(method) = method(&name) else { continue };
                self.0.operations.push(fields.operation(method, segments.clone()));
            }
        }
        Ok(())
    }
}

/// What is read of an operation. Whatever else stands in its place counts as nothing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Fields {
    Operation {
        #[serde(rename = "x-inin-requires-permissions")]
        permissions: Option<Permissions>,
        security: Option<Vec<BTreeMap<String, Vec<String>>>>,
    },
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct Permissions {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    permissions: Vec<String>,
}

impl Fields {
    fn operation(self, method: &'static str, segments: Vec<String>) -> Operation {
        let (permissions, security) = match self {
            Self::Operation { permissions, security } => (permissions, security),
            Self::Other(_) => (None, None),
        };
        let requirement = permissions.map(|Permissions { kind, permissions }| Requirement {
            is_any: kind.is_some_and(|kind| kind == "ANY"),
            permissions,
        });
        let scopes = security.into_iter().flatten().flat_map(BTreeMap::into_values).flatten();
        Operation { method, segments, requirement: requirement.unwrap_or_default(), scopes: scopes.collect() }
    }
}
