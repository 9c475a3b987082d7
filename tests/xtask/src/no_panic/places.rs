//! The places where an image can panic, as positions in source files that its messages would name.
//!
//! The linker keeps such a position only if reachable code refers to it. The image's panic handler reads it, so that the compiler
//! keeps it too.

use std::{collections::BTreeMap, fs, path::Path};

use crate::{
    bare::{self, Profile, image::Place},
    boards::CORTEX_M4,
    failure::Failure,
    program,
    workspace::Workspace,
};

const PACKAGE: &str = "tests/measure/images/tls";
const IMAGE: &str = "panics";

/// The gateway on the emulated Cortex-M4; with this feature its panic handler reads the positions.
const BOARD: &str = CORTEX_M4.package;
const TARGET: &str = CORTEX_M4.target;
const FEATURE: &str = "panic-places";

/// The folders of the packages that must have none; and one folder, of tests and boards, whose packages may have some.
const TLS: &str = "adapters/tls/src/";
const OWN: &[&str] = &[
    TLS,
    "adapters/embassy/src/",
    "adapters/http/src/",
    "adapters/provision/src/",
    "core/src/",
    "firmware/gateway/src/",
    "firmware/lan9118/src/",
    "firmware/startup/src/",
];
const OTHERS: &[&str] = &["firmware/emulated/src/", "firmware/mps2/src/", "firmware/qemu-mps2-an386/src/"];
/// Positions in our own code that cannot be reached: the folder, the text of the line, and the reason.
const UNREACHABLE: &[(&str, &str, &str)] = &[(
    "adapters/embassy/src/",
    "self.state.lock(|state|",
    "a critical section, which nothing that is called within enters again",
)];
/// A crate that has some in both images: the method must find them.
const CONTROL: &str = "rustls-webpki-";

/// The list of the places in the gateway's image, beside this file.
const LIST: &str = "tests/xtask/src/no_panic/gateway.txt";

/// Prints the places where a TLS connection and the gateway can panic, by crate. Fails if there is one in our own code, or one in
/// the gateway that is not in the list; `write` updates the list.
pub(super) fn check(workspace: &Workspace, write: bool) -> Result<(), Failure> {
    let mut own = Vec::new();
    for profile in [Profile::Release, Profile::Smallest] {
        let level = profile.opt_level();
        let folder = bare::build_in(PACKAGE, workspace, profile, &[IMAGE], &[])?;
        let by_crate = found(&folder.join(IMAGE), &workspace.root.join(PACKAGE))?;
        println!(
            "\nadapters/tls, opt-level {level}: where a connection can panic\n\n{}",
            markdown(&by_crate)
        );
        own.extend(own_places(&by_crate, workspace));
    }
    let image = gateway(workspace)?;
    let by_crate = found(&image, &workspace.root.join("firmware"))?;
    println!(
        "\nthe gateway on the emulated board, as it is built: where it can panic\n\n{}",
        markdown(&by_crate)
    );
    own.extend(own_places(&by_crate, workspace));
    own.sort();
    own.dedup();
    if !own.is_empty() {
        return Err(format!("these can panic themselves: {}", own.join(", ")).into());
    }
    compare(&list(&by_crate), write, workspace)
}

/// Returns the gateway's image, with the linker's information about it.
fn gateway(workspace: &Workspace) -> Result<std::path::PathBuf, Failure> {
    let firmware = workspace.root.join("firmware");
    let words = ["rustc", "--locked", "--release", "--bin", BOARD, "--features", FEATURE];
    let linker = ["--", "-C", "link-arg=--emit-relocs"];
    program::run(&mut program::new("cargo", &[&words[..], &linker].concat(), &firmware.join(BOARD)))?;
    let built = Workspace::at(&firmware.join("Cargo.toml"))?.target;
    let kept = built.join("measured");
    fs::create_dir_all(&kept)?;
    let kept = kept.join(format!("{BOARD}-panics"));
    fs::copy(built.join(TARGET).join("release").join(BOARD), &kept)?;
    Ok(kept)
}

type ByCrate = BTreeMap<String, Found>;

#[derive(Default)]
struct Found {
    /// File and line.
    places: Vec<String>,
    /// Bodies of `async fn`: they panic if a completed future is polled again, which is an error of the caller.
    futures: usize,
}

/// `base`: the folder that relative paths in the image start from.
fn found(image: &Path, base: &Path) -> Result<ByCrate, Failure> {
    let by_crate = sort(&bare::image::places(image)?, base);
    if by_crate.iter().any(|(name, found)| name.starts_with(CONTROL) && !found.places.is_empty()) {
        return Ok(by_crate);
    }
    Err(format!("{}: the panics of {CONTROL} are not found", image.display()).into())
}

/// Returns those in our own code that may be reachable. Prints why the others are not.
fn own_places(by_crate: &ByCrate, workspace: &Workspace) -> Vec<String> {
    let own = by_crate.iter().filter(|(name, _)| OWN.contains(&name.as_str()));
    let places = own.flat_map(|(name, found)| found.places.iter().map(move |place| (name.as_str(), place)));
    let reachable = places.filter(|(name, place)| {
        let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
        let text = fs::read_to_string(workspace.root.join(name).join(file)).unwrap_or_default();
        let line = line.parse::<usize>().ok().and_then(|line| text.lines().nth(line.checked_sub(1)?));
        let known = UNREACHABLE.iter().find(|(folder, words, _)| {
            folder == name && line.is_some_and(|line| line.trim_start().starts_with(words))
        });
        if let Some((_, _, reason)) = known {
            println!("{name}{place} cannot be reached: {reason}");
        }
        known.is_none()
    });
    reachable.map(|(name, place)| format!("{name}{place}")).collect()
}

fn markdown(by_crate: &ByCrate) -> String {
    let rows = by_crate
        .iter()
        .map(|(name, Found { places, futures })| format!("| {name} | {} | {futures} |\n", places.join(" ")));
    let head = "| crate | places | futures polled after their end |\n|---|---|--:|\n";
    [head.to_owned()].into_iter().chain(rows).collect()
}

/// Returns a line for each file that has places: crate, file, count. Line numbers change with every release of a crate, so they
/// are not compared; a file with more places than before is reported.
fn list(by_crate: &ByCrate) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (name, found) in by_crate {
        let (name, _) = name
            .rsplit_once('-')
            .filter(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()))
            .unwrap_or((name, ""));
        for place in &found.places {
            let file = place.rsplit_once(':').map_or(place.as_str(), |(file, _)| file);
            *counts.entry(format!("{name} {file}")).or_default() += 1;
        }
    }
    counts
}

/// Fails if a file has more places than the list; fewer are only reported, since another compiler may remove unreachable ones.
fn compare(found: &BTreeMap<String, usize>, write: bool, workspace: &Workspace) -> Result<(), Failure> {
    let path = workspace.root.join(LIST);
    if write {
        let lines = found.iter().map(|(file, count)| format!("{file} {count}\n"));
        fs::write(&path, lines.collect::<String>())?;
        println!("{LIST} written");
        return Ok(());
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("{LIST}: {error}"))?;
    let known: BTreeMap<&str, usize> = text
        .lines()
        .filter_map(|line| line.rsplit_once(' '))
        .filter_map(|(file, count)| Some((file, count.parse().ok()?)))
        .collect();
    let new: Vec<_> = found
        .iter()
        .filter_map(|(file, count)| {
            let before = known.get(file.as_str()).copied().unwrap_or(0);
            (*count > before).then(|| format!("{file}: {count}, and {before} in the list"))
        })
        .collect();
    println!("{} files with places to panic, {} in {LIST}", found.len(), known.len());
    if new.is_empty() {
        return Ok(());
    }
    let advice = "look at them, and take them over with --write";
    Err(format!("the gateway can panic in places that are not in {LIST}; {advice}:\n{}", new.join("\n"))
        .into())
}

fn sort(places: &[Place], base: &Path) -> ByCrate {
    let mut by_crate = ByCrate::new();
    for place in places {
        let (name, file) = crate_of(&place.file);
        let found = by_crate.entry(name.to_owned()).or_default();
        if is_body(place, base) {
            found.futures += 1;
        } else {
            found.places.push(format!("{file}:{}", place.line));
        }
    }
    by_crate.remove(IMAGE);
    by_crate
}

/// Returns the crate of a source file, and the file's path in it. The image's own files have a relative path.
fn crate_of(path: &str) -> (&str, &str) {
    if let Some((_, file)) = path.split_once("/library/") {
        return ("the standard library", file);
    }
    for folder in OWN.iter().chain(OTHERS) {
        // Paths of a workspace's own files are relative to the workspace.
        let inside = folder.strip_prefix("firmware/").unwrap_or(folder);
        if let Some((before, file)) = path.split_once(inside)
            && (before.is_empty() || before.ends_with('/'))
        {
            return (folder, file);
        }
    }
    match path.split_once("/registry/src/").and_then(|(_, rest)| rest.split_once('/')) {
        Some((_, rest)) => rest.split_once("/src/").unwrap_or((rest, "")),
        None => (IMAGE, path),
    }
}

/// Returns whether the position is the opening brace of a body or an `async` block: the compiler uses it for a future that is
/// polled after completion.
fn is_body(place: &Place, base: &Path) -> bool {
    let Ok(text) = fs::read_to_string(base.join(&place.file)) else { return false };
    let line = text.lines().nth(place.line.saturating_sub(1) as usize);
    let at = place.column.saturating_sub(1) as usize;
    line.and_then(|line| line.get(at..))
        .is_some_and(|rest| rest.trim_end() == "{" || rest.starts_with("async"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_a_crate() {
        let registry = "/x/registry/src/index-1/embedded-tls-0.19.0/src/handshake/mod.rs";
        assert_eq!(crate_of(registry), ("embedded-tls-0.19.0", "handshake/mod.rs"));
        assert_eq!(crate_of("/x/adapters/tls/src/guard/offer.rs"), (TLS, "guard/offer.rs"));
        assert_eq!(crate_of("gateway/src/worker.rs"), ("firmware/gateway/src/", "worker.rs"));
        assert_eq!(crate_of("/rustc/1/library/core/src/lib.rs"), ("the standard library", "core/src/lib.rs"));
        assert_eq!(crate_of("src/bin/panics.rs"), (IMAGE, "src/bin/panics.rs"));
    }

    #[test]
    fn places_are_counted_by_file() {
        let found = Found { places: vec!["a.rs:1".into(), "a.rs:7".into(), "b.rs:2".into()], futures: 3 };
        let counted = list(&ByCrate::from([("some-crate-0.1.0".to_owned(), found)]));
        let expected = [("some-crate a.rs".to_owned(), 2), ("some-crate b.rs".to_owned(), 1)];
        assert_eq!(counted, BTreeMap::from(expected));
    }
}
