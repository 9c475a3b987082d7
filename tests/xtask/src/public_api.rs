//! `cargo xtask public-api`: compares the public items of every published library with the list in its folder.
//!
//! A change of the list is a change that users may notice, so it is visible in review, and RELEASING.md derives the next version
//! from it. cargo-semver-checks needs a published version to compare with, and there is none yet.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use lexopt::Parser;
use public_api::{Builder, PublicItem};

use crate::{
    documents,
    failure::Failure,
    program,
    workspace::{Package, Workspace},
};

/// The list, in the folder of its package.
const LIST: &str = "public-api.txt";

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let write = documents::asked_to_write(arguments)?;
    check(&Workspace::load()?, write)
}

pub(crate) fn check(workspace: &Workspace, write: bool) -> Result<(), Failure> {
    let rustdoc = unstable_rustdoc(workspace)?;
    let mut wrong = Vec::new();
    for package in workspace.publishable().filter(|package| package.folder.join("src/lib.rs").is_file()) {
        let items = items(package, &rustdoc, workspace)?;
        let path = package.folder.join(LIST);
        let listed = fs::read_to_string(&path).unwrap_or_default();
        println!("{}: public items: {}", package.name, items.lines().count());
        if package.features.iter().any(|feature| feature == "defmt") {
            let without = without_format(&items);
            if !without.is_empty() {
                wrong.push(format!("{}: no defmt::Format for {}", package.name, without.join(", ")));
            }
        }
        if write {
            fs::write(&path, items)?;
        } else if items != listed {
            wrong.push(format!("{}: {LIST} differs:\n{}", package.name, differences(&listed, &items)));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let advice = "if the change is meant, `cargo xtask public-api --write` takes it over";
    Err(format!("{}\n{advice}", wrong.join("\n")).into())
}

/// Returns the public items with all features; automatic and blanket implementations are left out.
fn items(package: &Package, rustdoc: &Path, workspace: &Workspace) -> Result<String, Failure> {
    let arguments = ["rustdoc", "--quiet", "--locked", "--lib", "--package", &package.name, "--all-features"];
    let mut document = program::new("cargo", &arguments, &workspace.root);
    document.env("RUSTDOC", rustdoc).env("RUSTDOCFLAGS", "-Zunstable-options --output-format json");
    program::output(&mut document)?;
    let json = workspace.target.join("doc").join(package.name.replace('-', "_")).with_extension("json");
    let api =
        Builder::from_rustdoc_json(json).omit_blanket_impls(true).omit_auto_trait_impls(true).build()?;
    let lines: Vec<_> = api.items().map(PublicItem::to_string).collect();
    Ok(lines.join("\n") + "\n")
}

/// Writes a script that runs rustdoc with its unstable features, and returns its path.
///
/// rustdoc's JSON is unstable. With the nightly toolchain every dependency would be compiled once more, and its lists differ from one day to the
/// next. With `RUSTC_BOOTSTRAP` in the environment of cargo and the compiler too, all crates would be compiled once more.
fn unstable_rustdoc(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let path = workspace.target.join("rustdoc-unstable");
    fs::write(&path, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n")?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

/// Returns the public types that do not implement `defmt::Format`. Re-exports count once: types are compared by their names.
fn without_format(items: &str) -> Vec<&str> {
    let formatted: Vec<_> = items
        .lines()
        .filter_map(|line| {
            line.strip_prefix("impl").filter(|rest| rest.contains("defmt::"))?.split_once("Format for ")
        })
        .map(|(_, path)| type_name(path))
        .collect();
    let mut without: Vec<_> = items
        .lines()
        .filter_map(|line| ["pub struct ", "pub enum "].iter().find_map(|kind| line.split_once(kind)))
        .map(|(_, path)| type_name(path))
        .filter(|name| !formatted.contains(name))
        .collect();
    without.sort_unstable();
    without.dedup();
    without
}

/// Returns the last part of a path, without its generics.
fn type_name(path: &str) -> &str {
    let path = path.split(['<', '(', ' ']).next().unwrap_or_default();
    path.rsplit("::").next().unwrap_or(path)
}

/// Returns the lines that only one of them has, as in a patch.
fn differences(listed: &str, items: &str) -> String {
    let only = |one: &str, other: &str, sign: &str| {
        let lines = one.lines().filter(|line| other.lines().all(|other| other != *line));
        lines.map(|line| format!("  {sign} {line}")).collect::<Vec<_>>()
    };
    [only(listed, items, "-"), only(items, listed, "+")].concat().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{differences, without_format};

    #[test]
    fn types_without_format_are_found() {
        let items = "pub enum a::b::One<E>\n\
                     impl<E: core::fmt::Display> defmt::traits::Format for a::b::One<E>\n\
                     #[non_exhaustive] pub struct a::Two\n\
                     impl core::fmt::Debug for a::Two\n\
                     pub struct a::b::Two\n\
                     pub struct a::Three(_)\n\
                     impl defmt::traits::Format for a::c::Three\n";
        assert_eq!(without_format(items), ["Two"]);
    }

    #[test]
    fn removed_and_added_items_are_shown() {
        assert_eq!(differences("a\nb\n", "b\nc\n"), "  - a\n  + c");
        assert_eq!(differences("a\n", "a\n"), "");
    }
}
