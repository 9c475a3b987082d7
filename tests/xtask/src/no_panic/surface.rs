//! Checks that the image contains every public function of core.
//!
//! Both lists come from the compiler: rustdoc's JSON for the public functions, the symbols of an image without inlining for its
//! content.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{bare::image::Image, failure::Failure, program, workspace::Workspace};

const PACKAGE: &str = "genesys-token-core";
const CRATE: &str = "genesys_token_core";

/// Derived traits whose functions are included because they write text. The other derived ones copy and compare.
const DERIVED: &[&str] = &["Debug"];

/// Returns the number of public functions, or an error with the names of those that the image lacks.
pub(super) fn complete(image: &Image, workspace: &Workspace) -> Result<usize, Failure> {
    // Two functions may have the same short name: `From` for core's duration and for std's.
    let mut there: BTreeMap<String, usize> = BTreeMap::new();
    for function in &image.functions {
        *there.entry(short(&function.name)).or_default() += 1;
    }
    let wanted = public_functions(&documentation(workspace)?);
    let mut missing = Vec::new();
    for name in &wanted {
        match there.get_mut(name) {
            Some(count) if *count > 0 => *count -= 1,
            _ => missing.push(name.as_str()),
        }
    }
    if missing.is_empty() && !wanted.is_empty() {
        return Ok(wanted.len());
    }
    let missing = missing.join("\n");
    Err(format!(
        "these public functions of core are not in tests/measure/images/core/src/bin/surface.rs:\n{missing}"
    )
    .into())
}

/// Runs rustdoc for core. Its JSON is unstable, so it must be of the compiler that builds everything else.
fn documentation(workspace: &Workspace) -> Result<Value, Failure> {
    let target = workspace.target.join("surface");
    let directory = target.display().to_string();
    let arguments = ["rustdoc", "--quiet", "--package", PACKAGE, "--lib", "--target-dir", &directory, "--"];
    let form = ["-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"];
    let mut command = program::new("cargo", &[&arguments[..], &form].concat(), &workspace.root);
    program::run(command.env("RUSTC_BOOTSTRAP", "1"))?;
    let text = std::fs::read_to_string(target.join("doc").join(format!("{CRATE}.json")))?;
    Ok(serde_json::from_str(&text)?)
}

/// Returns the short names of all functions that users of core can call, without most of the derived ones.
fn public_functions(documentation: &Value) -> Vec<String> {
    let index = &documentation["index"];
    let items = || index.as_object().into_iter().flat_map(|items| items.values());
    let mut names = Vec::new();
    let mut in_impls = Vec::new();
    for item in items() {
        let implementation = &item["inner"]["impl"];
        let Some(functions) = implementation["items"].as_array() else { continue };
        in_impls.extend(functions.iter().map(Value::to_string));
        let of_compiler = !implementation["blanket_impl"].is_null() || implementation["is_synthetic"] == true;
        if of_compiler || item["crate_id"] != 0 {
            continue;
        }
        let this = type_name(&implementation["for"]);
        let interface = interface(&implementation["trait"]);
        let derived = item["attrs"].to_string().contains("automatically_derived");
        if derived && !interface.as_deref().is_some_and(|name| DERIVED.contains(&name)) {
            continue;
        }
        for function in functions.iter().map(|id| &index[id.to_string()]).filter(|item| is_function(item)) {
            let function = function["name"].as_str().unwrap_or_default();
            names.push(match &interface {
                Some(interface) => format!("<{this} as {interface}>::{function}"),
                None => format!("{this}::{function}"),
            });
        }
    }
    let free = items().filter(|item| is_function(item) && item["visibility"] == "public");
    let free = free.filter(|item| !in_impls.contains(&item["id"].to_string()));
    names.extend(free.filter_map(|item| item["name"].as_str().map(str::to_owned)));
    names.sort();
    names
}

fn is_function(item: &Value) -> bool {
    item["inner"]["function"].is_object()
}

/// Returns a trait with its arguments.
fn interface(reference: &Value) -> Option<String> {
    let path = reference["path"].as_str()?;
    let arguments = reference["args"]["angle_bracketed"]["args"].as_array();
    let arguments: Vec<_> =
        arguments.into_iter().flatten().map(|argument| type_name(&argument["type"])).collect();
    let name = last(path);
    Some(if arguments.is_empty() { name.to_owned() } else { format!("{name}<{}>", arguments.join(", ")) })
}

/// Returns a type without its path, its arguments and its lifetime.
fn type_name(reference: &Value) -> String {
    let borrowed = &reference["borrowed_ref"];
    if borrowed.is_object() {
        return format!("&{}", type_name(&borrowed["type"]));
    }
    let path = reference["resolved_path"]["path"].as_str().or_else(|| reference["primitive"].as_str());
    last(path.unwrap_or_default()).to_owned()
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// Returns the same form of a symbol's name: `<a::Text<_> as core::fmt::Display>::fmt` is `<Text as Display>::fmt`.
fn short(symbol: &str) -> String {
    let (place, function) = symbol.rsplit_once("::").unwrap_or(("", symbol));
    let place = without_parameters(place);
    // A trait implemented for a foreign type has another form: `a::<impl Trait for Type>`.
    if let Some((interface, this)) = place.split_once("<impl ").and_then(|(_, rest)| rest.split_once(" for "))
    {
        return in_trait(this, interface, function);
    }
    let place = place.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(&place);
    match place.split_once(" as ") {
        Some((this, interface)) => in_trait(this, interface, function),
        None if last(place).starts_with(char::is_uppercase) => format!("{}::{function}", last(place)),
        None => function.to_owned(),
    }
}

/// Removes lists that begin with a type parameter: `<_>`, `<D>`, `<_,D,G>`. Others are arguments of a trait, and stay.
fn without_parameters(place: &str) -> String {
    let is_parameter = |text: &str| matches!(text.as_bytes(), [b'_' | b'A'..=b'Z']);
    let mut kept = String::new();
    let mut rest = place;
    while let Some((before, behind)) = rest.split_once('<') {
        kept.push_str(before);
        match behind.split_once('>') {
            Some((list, behind)) if list.split(',').next().is_some_and(is_parameter) => rest = behind,
            _ => {
                kept.push('<');
                rest = behind;
            }
        }
    }
    kept + rest
}

fn in_trait(this: &str, interface: &str, function: &str) -> String {
    let this = last(this.trim_end_matches('>'));
    match interface.strip_suffix('>').and_then(|rest| rest.split_once('<')) {
        Some((interface, argument)) => {
            format!("<{this} as {}<{}>>::{function}", last(interface), last(argument))
        }
        None => format!("<{this} as {}>::{function}", last(interface)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_have_the_names_that_rustdoc_gives() {
        for (symbol, expected) in [
            ("genesys_token_core::wire::response::parse_token_response", "parse_token_response"),
            ("genesys_token_core::text::Text<_>::push_str", "Text::push_str"),
            ("<genesys_token_core::text::Text<_> as core::fmt::Display>::fmt", "<Text as Display>::fmt"),
            ("genesys_token_core::lifecycle::manager::TokenManager<_,D,G>::poll", "TokenManager::poll"),
            (
                "<genesys_token_core::lifecycle::failure::Failure<D> as core::convert::From<\
                 genesys_token_core::text::CapacityError>>::from",
                "<Failure as From<CapacityError>>::from",
            ),
            (
                "<genesys_token_core::settings::error::ConfigError as \
                 core::convert::From<genesys_token_core::text::CapacityError>>::from",
                "<ConfigError as From<CapacityError>>::from",
            ),
            (
                "genesys_token_core::time::<impl core::convert::From<genesys_token_core::time::Duration> for \
                 core::time::Duration>::from",
                "<Duration as From<Duration>>::from",
            ),
        ] {
            assert_eq!(short(symbol), expected);
        }
    }
}
