//! The manifest: the calls of a service, and if wanted their permissions, in TOML.

use std::fs;
use std::path::Path;

use toml_edit::{Document, Item, Table};

use super::call::{Call, Place, Requirement, method, segments};
use crate::command::permission;
use crate::exit::Problem;

const OPTION: &str = "--manifest";

/// Reads `[[call]]` tables with `method`, `path`, and if wanted `permissions` and `type` (ALL, the default, or ANY).
pub(super) fn read(file: &Path) -> Result<Vec<Call>, Problem> {
    let failed = |why: String| Problem::setting(OPTION, format!("{}: {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| {
        failed(format!("it cannot be read ({error}); check its name and its permissions"))
    })?;
    let document = Document::parse(text.as_str())
        .map_err(|error| failed(format!("it is not TOML: {}", error.message())))?;
    if let Some((key, _)) = document.iter().find(|(key, _)| *key != "call") {
        return Err(failed(format!("there is no setting `{key}`; calls are [[call]] tables")));
    }
    let tables = document.get("call").and_then(Item::as_array_of_tables);
    let tables = tables.ok_or_else(|| failed("it has no [[call]] table".to_owned()))?;
    let mut calls = Vec::new();
    for table in tables {
        let start = table.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        let place = Place { file: file.to_owned(), line };
        calls.push(call(table, place).map_err(|why| failed(format!("line {line}: {why}")))?);
    }
    Ok(calls)
}

fn call(table: &Table, place: Place) -> Result<Call, String> {
    if let Some((key, _)) =
        table.iter().find(|(key, _)| !["method", "path", "permissions", "type"].contains(key))
    {
        return Err(format!("there is no setting `{key}`; a call has method, path, permissions and type"));
    }
    let text = |name: &str| match table.get(name) {
        None => Ok(None),
        Some(item) => item.as_str().map(Some).ok_or_else(|| format!("`{name}` must be a text")),
    };
    let name = text("method")?.ok_or("`method` is missing")?;
    let method =
        method(name).ok_or_else(|| format!("`{name}` is no method of the API; give GET, POST, …"))?;
    let path = text("path")?.filter(|path| path.starts_with("/api/v2/"));
    let path = path.ok_or("`path` is missing, or does not begin with /api/v2/")?;
    let is_any = match text("type")? {
        None | Some("ALL") => false,
        Some("ANY") => true,
        Some(_) => return Err("`type` must be ALL or ANY".to_owned()),
    };
    let declared = match table.get("permissions") {
        None => None,
        Some(item) => {
            let wrong = "`permissions` must be an array of texts";
            let values = item.as_array().ok_or(wrong)?;
            let permissions: Option<Vec<_>> =
                values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
            let permissions = permissions.ok_or(wrong)?;
            if !permissions.iter().all(|name| permission::is_permission(name)) {
                return Err(format!("`permissions`: {}", permission::FORM));
            }
            Some(Requirement { is_any, permissions })
        }
    };
    let path = path.split(['?', '#']).next().unwrap_or(path);
    Ok(Call { method, is_method_known: true, segments: segments(path), place, declared })
}
