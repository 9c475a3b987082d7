//! `cargo xtask picture`: the published packages by layer, their modules, and which package uses which.

use std::{collections::BTreeSet, fmt::Write as _};

use lexopt::Parser;

use super::{layers, read, tree::Tree};
use crate::{
    drawing::{self, Drawing},
    failure::Failure,
    steps::Outcome,
    workspace::{Package, Workspace},
};

const DRAWING: Drawing = Drawing { name: "packages", command: "cargo xtask picture" };

/// Modules in one row of a package's box.
const IN_A_ROW: usize = 4;

pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let write = drawing::asked_to_write(arguments)?;
    let workspace = Workspace::load()?;
    DRAWING.settle(&picture(&workspace)?, write, &workspace)
}

/// The step of `cargo xtask check`.
pub(crate) fn check(workspace: &Workspace) -> Result<Outcome, Failure> {
    DRAWING.settle(&picture(workspace)?, false, workspace)?;
    Ok(Outcome::Passed)
}

fn picture(workspace: &Workspace) -> Result<String, Failure> {
    let packages: Vec<_> = workspace.publishable().collect();
    let mut picture = "```mermaid\nflowchart TD\n".to_owned();
    for (rank, layer) in layers::names().enumerate().collect::<Vec<_>>().into_iter().rev() {
        let in_layer: Vec<_> =
            packages.iter().filter(|package| layers::rank(package, &workspace.root) == Some(rank)).collect();
        if in_layer.is_empty() {
            continue;
        }
        let _ = writeln!(picture, "    subgraph layer{rank}[\"{layer}\"]");
        for package in in_layer {
            let _ = writeln!(picture, "        {}[\"{}\"]", id(package), label(package)?);
        }
        picture.push_str("    end\n");
    }
    for package in &packages {
        let used = packages.iter().filter(|other| uses(package, other));
        // An arrow to a package that another one in between also uses is left out.
        let direct = used.filter(|other| !packages.iter().any(|it| uses(package, it) && uses(it, other)));
        for other in direct {
            let _ = writeln!(picture, "    {} --> {}", id(package), id(other));
        }
    }
    Ok(picture + "```\n")
}

fn uses(package: &Package, other: &Package) -> bool {
    package.dependencies.iter().any(|it| !it.only_for_tests && it.folder == other.folder)
}

/// Mermaid's names may not contain hyphens.
fn id(package: &Package) -> String {
    package.name.replace('-', "_")
}

/// Returns the package and its modules.
fn label(package: &Package) -> Result<String, Failure> {
    let root = package.roots.first().ok_or_else(|| format!("{} has no crate", package.name))?;
    let modules = in_order(&read(root)?);
    let rows: Vec<_> = modules.chunks(IN_A_ROW).map(|row| row.join(" · ")).collect();
    Ok(format!("<b>{}</b><br/>{}", package.name, rows.join("<br/>")))
}

/// Returns the modules below the root, those that use others first.
fn in_order(tree: &Tree) -> Vec<String> {
    let top = |index: usize| tree.modules[index].path.first().cloned();
    let mut uses: BTreeSet<(String, String)> = tree
        .uses()
        .iter()
        .filter_map(|it| top(it.from).zip(top(it.to)))
        .filter(|(from, to)| from != to)
        .collect();
    let mut left: BTreeSet<String> =
        tree.modules.iter().filter_map(|module| module.path.first().cloned()).collect();
    let mut ordered = Vec::new();
    while let Some(first) = left.first().cloned() {
        // A module that none of the remaining ones uses; if there is none, which the structure check reports as a circle, any.
        let free = left.iter().find(|name| uses.iter().all(|(_, to)| to != *name)).cloned();
        let next = free.unwrap_or(first);
        uses.retain(|(from, to)| *from != next && *to != next);
        left.remove(&next);
        ordered.push(next);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::tree::tests::tree;

    #[test]
    fn modules_stand_above_what_they_use() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "pub struct A;"),
            ("b.rs", "use crate::a::A; use crate::c::C;"),
            ("c/mod.rs", "mod d; pub struct C;"),
            ("c/d.rs", "use crate::a::A;"),
        ];
        assert_eq!(in_order(&tree(&files)), ["b", "c", "a"]);
    }
}
