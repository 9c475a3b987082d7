//! `cargo xtask no-panic`: shows that no function of core can panic with any argument, and that none needs an allocator. The same
//! for the device's HTTP exchange, as far as the linker can show it.
//!
//! An image with every public function of core, each compiled for any argument, must contain no function that panics after
//! linking. A second image, with a panic in it, shows that the check finds one. The list of public functions is rustdoc's, so
//! that a new one cannot be forgotten.
//!
//! For adapters/tls, adapters/embassy and the gateway's firmware it shows that they do not panic themselves. The places where
//! their dependencies can are printed by crate, and those of the whole gateway are compared with a list, so that a new one is
//! noticed.

mod places;
mod surface;

use std::collections::{BTreeSet, VecDeque};

use lexopt::Parser;

use crate::{
    bare::{self, Profile, image::Image},
    documents,
    failure::Failure,
    needs::{self, Need},
    workspace::Workspace,
};

pub(crate) const NEEDS: &[&Need] = &[&needs::BARE_METAL];

/// The image with everything, and the one with a panic.
const SURFACE: &str = "surface";
const CONTROL: &str = "control";

/// The image with one HTTP exchange.
const EXCHANGE: &str = "http";

/// Panics in the image [`EXCHANGE`] that nothing can reach, by the last functions on the path to them, with the reason. All are
/// in httparse.
const UNREACHABLE: &[(&str, &str)] = &[
    ("httparse::parse_headers_iter_uninit -> core::panicking::panic", NO_ZERO),
    ("genesys_token_http::head::scan -> core::panicking::panic", NO_ZERO),
    (
        "httparse::parse_headers_iter_uninit -> core::slice::index::slice_index_fail -> core::panicking::panic_fmt",
        "an index that was found in the slice, and one more, as the end of a part of it",
    ),
];
const NO_ZERO: &str =
    "`unreachable!()` in `offsetnz`: it looks for a byte that is not zero in a word that is not zero";

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let write = documents::asked_to_write(arguments)?;
    let workspace = Workspace::load()?;
    needs::provide(NEEDS, &workspace)?;
    check(&workspace, write)
}

pub(crate) fn check(workspace: &Workspace, write: bool) -> Result<(), Failure> {
    let complete = bare::build(workspace, Profile::Complete, &[SURFACE])?;
    let count = surface::complete(&Image::read(&complete.join(SURFACE))?, workspace)?;
    println!("all {count} public functions of core are in the image");
    let mut found = Vec::new();
    for profile in [Profile::Release, Profile::Smallest, Profile::Fastest] {
        let level = profile.opt_level();
        let folder = bare::build(workspace, profile, &[SURFACE, CONTROL, EXCHANGE])?;
        if panics(&Image::read(&folder.join(CONTROL))?).is_empty() {
            return Err(format!("opt-level {level}: the panic in the image `{CONTROL}` is not found").into());
        }
        for name in [SURFACE, EXCHANGE] {
            let image = Image::read(&folder.join(name))?;
            let (unreachable, paths): (Vec<_>, Vec<_>) =
                panics(&image).into_iter().partition(|path| name == EXCHANGE && reason(path).is_some());
            let allocator = image.functions.iter().filter(|function| allocates(&function.name));
            let allocator: Vec<_> = allocator.map(|function| function.name.clone()).collect();
            println!(
                "opt-level {level}, {name}: {} functions, {} ways to a panic, {} functions of an allocator",
                image.functions.len(),
                paths.len(),
                allocator.len()
            );
            for path in unreachable {
                println!("  besides {path}: {}", reason(&path).unwrap_or_default());
            }
            found.extend(paths.into_iter().chain(allocator).map(|path| format!("opt-level {level}: {path}")));
        }
    }
    if found.is_empty() {
        return places::check(workspace, write);
    }
    let found = found.join("\n");
    Err(format!("these are in the image, seen from the function that leads there:\n{found}").into())
}

/// Prints the shortest path from each function that is core's, or that nothing refers to, to one that panics.
fn panics(image: &Image) -> Vec<String> {
    let ends = image.functions.iter().filter(|function| panicks(&function.name));
    let mut queue: VecDeque<_> = ends.map(|end| vec![end]).collect();
    let mut met: BTreeSet<&str> = queue.iter().flatten().map(|function| function.name.as_str()).collect();
    let mut found = Vec::new();
    while let Some(path) = queue.pop_front() {
        let top = path[path.len() - 1];
        let callers = image.callers(top);
        if callers.is_empty() || top.name.contains("genesys_token_core") {
            // Panic functions call each other; the outermost one shows the kind of panic.
            let names = path.iter().rev().map(|function| function.name.as_str());
            let kind = names.clone().position(panicks).unwrap_or_default();
            found.push(names.take(kind + 1).collect::<Vec<_>>().join(" -> "));
            continue;
        }
        for caller in callers {
            if met.insert(&caller.name) {
                queue.push_back([&path[..], &[caller]].concat());
            }
        }
    }
    found.sort();
    found
}

/// Returns the reason why a panic cannot be reached, if it is known.
fn reason(path: &str) -> Option<&'static str> {
    UNREACHABLE.iter().find(|(end, _)| path.ends_with(end)).map(|(_, reason)| *reason)
}

fn panicks(name: &str) -> bool {
    name.contains("core::panicking::") || name.contains("rust_begin_unwind")
}

/// Matches `alloc::…` and the symbols of a global allocator.
fn allocates(name: &str) -> bool {
    name.starts_with("alloc::")
        || name.contains("<alloc::")
        || name.contains("__rust_alloc")
        || name.contains("__rg_")
}
