//! Where an image can panic, by the places in source files that its messages would name.
//!
//! The linker keeps such a place only if something that can be reached refers to it. The image's panic handler asks for it, so
//! that the compiler keeps it too.

use std::{collections::BTreeMap, fs, path::Path};

use crate::{
    Failure,
    bare::{self, Profile, image::Place},
    workspace::Workspace,
};

const PACKAGE: &str = "tests/bare-tls";
const IMAGE: &str = "panics";

/// The folder of the package that must have none.
const OWN: &str = "adapters/tls/src/";
/// One that has some: the method must find them.
const CONTROL: &str = "embedded-tls-";

/// Prints the places where a TLS connection can panic, by crate. Fails when there is one in our own.
pub(super) fn check(workspace: &Workspace) -> Result<(), Failure> {
    let mut own = Vec::new();
    for profile in [Profile::Release, Profile::Smallest] {
        let level = profile.opt_level();
        let folder = bare::build_in(PACKAGE, workspace, profile, &[IMAGE])?;
        let places = bare::image::places(&folder.join(IMAGE))?;
        let by_crate = sort(&places);
        println!("\nadapters/tls, opt-level {level}: where a connection can panic\n");
        println!("| crate | places | futures polled after their end |\n|---|---|--:|");
        for (name, Found { places, futures }) in &by_crate {
            println!("| {name} | {} | {futures} |", places.join(" "));
        }
        if !by_crate.iter().any(|(name, found)| name.starts_with(CONTROL) && !found.places.is_empty()) {
            return Err(format!("opt-level {level}: the panics of {CONTROL} are not found").into());
        }
        own.extend(by_crate.get(OWN).into_iter().flat_map(|found| found.places.clone()));
    }
    if own.is_empty() {
        return Ok(());
    }
    own.sort();
    own.dedup();
    Err(format!("adapters/tls can panic itself: {}", own.join(", ")).into())
}

#[derive(Default)]
struct Found {
    /// File and line.
    places: Vec<String>,
    /// Bodies of `async fn`: what polls a future again that was ready is to blame.
    futures: usize,
}

fn sort(places: &[Place]) -> BTreeMap<String, Found> {
    let mut by_crate: BTreeMap<String, Found> = BTreeMap::new();
    for place in places {
        let (name, file) = crate_of(&place.file);
        let found = by_crate.entry(name.to_owned()).or_default();
        if is_body(place) {
            found.futures += 1;
        } else {
            found.places.push(format!("{file}:{}", place.line));
        }
    }
    by_crate.remove(IMAGE);
    by_crate
}

/// The crate of a source file, and the file in it. The image's own files have a relative path.
fn crate_of(path: &str) -> (&str, &str) {
    if let Some((_, file)) = path.split_once(OWN) {
        return (OWN, file);
    }
    if let Some((_, file)) = path.split_once("/library/") {
        return ("the standard library", file);
    }
    match path.split_once("/registry/src/").and_then(|(_, rest)| rest.split_once('/')) {
        Some((_, rest)) => rest.split_once("/src/").unwrap_or((rest, "")),
        None => (IMAGE, path),
    }
}

/// Whether the place is the brace that begins a body: that is what the compiler names for a future that is polled too often.
fn is_body(place: &Place) -> bool {
    let Ok(text) = fs::read_to_string(Path::new(&place.file)) else { return false };
    let line = text.lines().nth(place.line.saturating_sub(1) as usize);
    let at = place.column.saturating_sub(1) as usize;
    line.and_then(|line| line.get(at..)).is_some_and(|rest| rest.trim_end() == "{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_a_crate() {
        let registry = "/x/registry/src/index-1/embedded-tls-0.19.0/src/handshake/mod.rs";
        assert_eq!(crate_of(registry), ("embedded-tls-0.19.0", "handshake/mod.rs"));
        assert_eq!(crate_of("/x/adapters/tls/src/guard/offer.rs"), (OWN, "guard/offer.rs"));
        assert_eq!(crate_of("/rustc/1/library/core/src/lib.rs"), ("the standard library", "core/src/lib.rs"));
        assert_eq!(crate_of("src/bin/panics.rs"), (IMAGE, "src/bin/panics.rs"));
    }
}
