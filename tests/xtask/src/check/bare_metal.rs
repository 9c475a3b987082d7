//! Checks that the `no_std` packages need neither std nor an allocator, and that no lint is left in them.
//!
//! The target has no std, so a crate that names it does not compile. rustc refuses a program without a global allocator when any crate in its graph,
//! used or not, depends on alloc; it knows that from their metadata, so nothing is generated or linked.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::features::sets;
use crate::{
    failure::Failure,
    needs::BARE_METAL_TARGET as TARGET,
    program,
    steps::Outcome,
    workspace::{Package, Workspace},
};

/// Features by which crates enable std or alloc.
const HOST_FEATURES: &[&str] = &["std", "alloc", "use-std", "use_std", "use-alloc", "use_alloc"];

/// Lints each package with each set of its features on the device, and checks a program that depends on it alone.
pub(super) fn each_set(workspace: &Workspace) -> Result<Outcome, Failure> {
    let folder = workspace.target.join("bare-metal");
    fs::create_dir_all(&folder)?;
    for package in some_no_std(workspace)? {
        let sets = sets(&package.features);
        println!("{}: sets of features: {}", package.name, sets.len());
        for features in sets {
            let library = lint(package, &features.join(","), workspace)?;
            let dependencies = library.parent().ok_or("the library is in no folder")?;
            // Procedural macros run on the host, and rustc looks for them wherever they were used.
            let search = [dependencies, &workspace.target.join("debug/deps")];
            without_allocator(&package.name, &library, &search, &["--target", TARGET], &folder)?;
        }
    }
    Ok(Outcome::Passed)
}

/// Returns the file with the library's metadata.
fn lint(package: &Package, features: &str, workspace: &Workspace) -> Result<PathBuf, Failure> {
    let arguments =
        ["clippy", "--quiet", "--locked", "--package", &package.name, "--lib", "--target", TARGET];
    let set = ["--no-default-features", "--features", features];
    // Where a device passes an argument differs from where a host does, and both compile it.
    let allowed = ["-A", "clippy::trivially-copy-pass-by-ref"];
    let lints = ["--message-format", "json-render-diagnostics", "--", "-D", "warnings"];
    let arguments = [&arguments[..], &set, &lints, &allowed].concat();
    let printed = program::printed(&mut program::new("cargo", &arguments, &workspace.root))?;
    metadata(&printed, package).ok_or_else(|| format!("cargo names no metadata of {}", package.name).into())
}

/// Returns the file with a library's metadata from cargo's messages, each a line of JSON.
fn metadata(messages: &str, package: &Package) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let name = package.name.replace('-', "_");
    let mut artifacts = messages.filter(|message| {
        message["reason"] == "compiler-artifact" && message["target"]["name"] == name.as_str()
    });
    let files = artifacts.find_map(|artifact| artifact["filenames"].as_array().cloned())?;
    let mut files = files.iter().filter_map(Value::as_str).map(PathBuf::from);
    files.find(|file| file.extension().is_some_and(|extension| extension == "rmeta"))
}

/// Checks a program of only a library and a panic handler.
fn without_allocator(
    package: &str,
    library: &Path,
    search: &[&Path],
    target: &[&str],
    folder: &Path,
) -> Result<(), Failure> {
    let name = package.replace('-', "_");
    let source = folder.join(format!("{name}.rs"));
    fs::write(&source, image(&name))?;
    let shown = |path: &Path| path.display().to_string();
    let library = format!("{name}={}", shown(library));
    let output = shown(&folder.join(format!("{name}.rmeta")));
    let source = shown(&source);
    let search: Vec<_> = search.iter().map(|folder| format!("dependency={}", shown(folder))).collect();
    let form = ["--edition", "2024", "--crate-type", "bin", "-C", "panic=abort", "--emit", "metadata"];
    let files = ["--extern", &library, "-o", &output, &source];
    let search: Vec<_> = search.iter().flat_map(|folder| ["-L", folder]).collect();
    program::run(&mut program::new("rustc", &[&form[..], target, &files, &search].concat(), folder))
}

fn image(library: &str) -> String {
    format!(
        "#![no_std]\n#![no_main]\nextern crate {library} as _;\n\
         #[panic_handler]\nfn panic(_: &core::panic::PanicInfo) -> ! {{\n    loop {{}}\n}}\n"
    )
}

/// Fails if a feature named std or alloc, which a host build needs, reaches a device through cargo's feature unification.
pub(super) fn tree(workspace: &Workspace) -> Result<Outcome, Failure> {
    let mut found = Vec::new();
    for package in some_no_std(workspace)? {
        let arguments = ["tree", "--locked", "--package", &package.name, "--edges", "normal,no-proc-macro"];
        let form =
            ["--target", TARGET, "--all-features", "--prefix", "none", "--no-dedupe", "--format", "{p}\t{f}"];
        let arguments = [&arguments[..], &form].concat();
        let tree = program::output(&mut program::new("cargo", &arguments, &workspace.root))?;
        let mut lines: Vec<_> = tree.lines().collect();
        lines.sort_unstable();
        lines.dedup();
        println!("{}: crates in its tree: {}", package.name, lines.len());
        found.extend(
            lines.iter().flat_map(|line| host_features(line)).map(|it| format!("{}: {it}", package.name)),
        );
    }
    if found.is_empty() { Ok(Outcome::Passed) } else { Err(found.join("\n").into()) }
}

/// Returns `crate v1.2.3: feature` for each feature in a line of `cargo tree` that only a host can have.
fn host_features(line: &str) -> impl Iterator<Item = String> {
    let (package, features) = line.split_once('\t').unwrap_or((line, ""));
    let host = features.split(',').filter(|feature| HOST_FEATURES.contains(feature));
    host.map(move |feature| format!("{package} has its feature `{feature}`"))
}

fn some_no_std(workspace: &Workspace) -> Result<Vec<&Package>, Failure> {
    let packages: Vec<_> = workspace.no_std().collect();
    if packages.is_empty() {
        return Err(
            "no package says `[package.metadata.genesys] no_std = true`: nothing would be checked".into()
        );
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_depends_on_alloc_is_refused() {
        let folder = std::env::temp_dir().join(format!("xtask-bare-metal-{}", std::process::id()));
        fs::create_dir(&folder).expect("a new folder");
        let refused = |text: &str| {
            let (source, library) = (folder.join("one.rs"), folder.join("libone.rmeta"));
            fs::write(&source, text).expect("written");
            let (source, output) = (source.display().to_string(), library.display().to_string());
            let arguments =
                ["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "-o", &output, &source];
            program::run(&mut program::new("rustc", &arguments, &folder)).expect("compiles");
            without_allocator("one", &library, &[], &[], &folder).is_err()
        };
        let results = [refused("#![no_std]\n"), refused("#![no_std]\nextern crate alloc;\n")];
        fs::remove_dir_all(&folder).expect("removed");
        assert_eq!(results, [false, true]);
    }

    #[test]
    fn features_of_hosts_are_found_by_their_whole_name() {
        let found: Vec<_> = host_features("zeroize v1.9.1\talloc,default,stdio").collect();
        assert_eq!(found, ["zeroize v1.9.1 has its feature `alloc`"]);
        assert_eq!(host_features("heapless v0.9.3\t").count(), 0);
    }
}
