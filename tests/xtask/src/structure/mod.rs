//! `cargo xtask check --only structure`: imports point down, no modules import each other in a circle, no file is too long.
//!
//! The layers are those of the packages. A circle is one of files: module a uses an item that is defined in b, and b, directly or
//! through others, one that is defined in a. A `mod` declaration is not a use, and neither is a re-export; a child that uses its
//! parent's items while the parent uses the child's is a circle. Method calls are not seen, because no path names the method's
//! module.
//!
//! It is written here because the existing tools (cargo-modules) depend on rust-analyzer, which takes longer to build than
//! everything here, and work by module instead of by file. proc-macro2 reads all tokens, including those of macro calls; syn
//! would parse the rest of the language too, at several times the build time.

mod circles;
mod layers;
mod length;
pub(crate) mod picture;
mod source;
mod tree;

use std::{collections::BTreeSet, fs, path::Path};

use lexopt::Parser;
use tree::Tree;

use crate::{
    failure::Failure,
    steps::Outcome,
    workspace::{Package, Workspace},
};

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    if let Some(unexpected) = arguments.next()? {
        return Err(unexpected.unexpected().into());
    }
    check(&Workspace::load()?).map(|_| ())
}

pub(crate) fn check(workspace: &Workspace) -> Result<Outcome, Failure> {
    let mut wrong = Vec::new();
    let (mut crates, mut modules) = (0, 0);
    for workspace_of_its_own in Workspace::all(&workspace.root)? {
        for package in &workspace_of_its_own.packages {
            wrong.extend(layers::violations(package, &workspace.root));
            for root in &package.roots {
                let tree = read(root)?;
                crates += 1;
                modules += tree.modules.len();
                if !layers::is_tests(package, &workspace.root) {
                    wrong.extend(foreign_files(&tree, package, &workspace.root));
                }
                wrong.extend(circles_of(&tree, &workspace.root));
            }
        }
    }
    wrong.extend(length::violations(&workspace.root)?);
    println!("crates looked through: {crates}, files: {modules}");
    if wrong.is_empty() { Ok(Outcome::Passed) } else { Err(wrong.join("\n").into()) }
}

fn read(root: &Path) -> Result<Tree, Failure> {
    Tree::read(root, &|file| fs::read_to_string(file).ok())
}

/// Returns sources of other packages that `#[path = "…"]` includes, unknown to cargo. Only tests may do that, and measure a
/// board's program, which no package can depend on.
fn foreign_files(tree: &Tree, package: &Package, root: &Path) -> Vec<String> {
    let files = tree.modules.iter().map(|module| &module.file);
    let is_foreign = |file: &Path| {
        !file.starts_with(&package.folder) && file.components().any(|folder| folder.as_os_str() == "src")
    };
    let foreign = files.filter_map(|file| fs::canonicalize(file).ok()).filter(|file| is_foreign(file));
    let foreign = foreign.map(|file| {
        format!("{}: is compiled into {}: depend on its package", shown(&file, root), package.name)
    });
    foreign.collect::<BTreeSet<_>>().into_iter().collect()
}

fn circles_of(tree: &Tree, root: &Path) -> Vec<String> {
    let uses = tree.uses();
    let circles = circles::circles(tree.modules.len(), &uses);
    let circles = circles.iter().map(|circle| {
        let steps = circle.iter().map(|it| {
            let (from, to) = (&tree.modules[it.from], &tree.modules[it.to]);
            format!("  {}:{}: {} uses {}", shown(&from.file, root), it.line, from.name(), to.name())
        });
        let steps: Vec<_> = steps.collect();
        format!("modules import each other in a circle:\n{}", steps.join("\n"))
    });
    circles.collect()
}

fn shown(file: &Path, root: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}
