//! Checks by compiling that the `no_std` packages need neither std nor an allocator.
//!
//! The target has no std, so a crate that names it does not compile. rustc refuses to link an image without a global allocator
//! when any crate in its graph, used or not, depends on alloc.

use std::{fs, path::Path};

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

/// Builds and links each package with each set of its features.
pub(super) fn images(workspace: &Workspace) -> Result<Outcome, Failure> {
    for package in some_no_std(workspace)? {
        for features in sets(&package.features) {
            let list = features.join(",");
            let arguments = ["build", "--package", &package.name, "--lib", "--target", TARGET];
            let features = ["--no-default-features", "--features", &list];
            let arguments = [&arguments[..], &features].concat();
            program::run(&mut program::new("cargo", &arguments, &workspace.root))?;
            link(workspace, package)?;
        }
    }
    Ok(Outcome::Passed)
}

/// Links the library just built into an image of only that library and a panic handler.
fn link(workspace: &Workspace, package: &Package) -> Result<(), Failure> {
    let name = package.name.replace('-', "_");
    let built = workspace.target.join(TARGET).join("debug");
    let directory = workspace.target.join("bare-metal");
    fs::create_dir_all(&directory)?;
    let source = directory.join(format!("{name}.rs"));
    fs::write(&source, image(&name))?;

    let shown = |path: &Path| path.display().to_string();
    let library = format!("{name}={}", shown(&built.join(format!("lib{name}.rlib"))));
    let dependencies = format!("dependency={}", shown(&built.join("deps")));
    // Procedural macros run on the host, and rustc looks for them wherever they were used.
    let macros = format!("dependency={}", shown(&workspace.target.join("debug/deps")));
    let arguments = ["--edition", "2024", "--crate-type", "bin", "--target", TARGET];
    let inputs = [
        "--extern",
        &library,
        "-L",
        &dependencies,
        "-L",
        &macros,
        "-o",
        &shown(&directory.join(&name)),
        &shown(&source),
    ];
    let arguments = [&arguments[..], &inputs].concat();
    program::run(&mut program::new("rustc", &arguments, &workspace.root))
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
    fn features_of_hosts_are_found_by_their_whole_name() {
        let found: Vec<_> = host_features("zeroize v1.9.1\talloc,default,stdio").collect();
        assert_eq!(found, ["zeroize v1.9.1 has its feature `alloc`"]);
        assert_eq!(host_features("heapless v0.9.3\t").count(), 0);
    }
}
