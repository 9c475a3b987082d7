//! The layers: which folders' packages may depend on which.

use std::path::Path;

use crate::workspace::Package;

/// The layers from the lowest to the highest: a name, the folders of the packages, and whether these may depend on each other.
///
/// The sandbox is below the program that has it as a subcommand; it depends on nothing above it.
/// A package belongs to the first layer with a folder that contains it.
const LAYERS: &[(&str, &[&str], bool)] = &[
    ("core", &["core"], false),
    ("building blocks of devices", &["adapters/http", "adapters/provision", "adapters/tls"], false),
    ("shared tokens", &["adapters/store"], false),
    ("clients and the sandbox", &["adapters/tokio", "adapters/embassy", "tests/support/sandbox"], false),
    ("programs", &["adapters/cli", "adapters/broker"], false),
    ("boards", &["firmware"], true),
    ("tests", &["tests", "fuzz"], true),
];

/// Returns the names from the lowest to the highest.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    LAYERS.iter().map(|(name, _, _)| *name)
}

/// Returns the layer of a package, counted from the lowest.
pub(super) fn rank(package: &Package, root: &Path) -> Option<usize> {
    let own = package.folder.strip_prefix(root).ok()?.display().to_string();
    layer(&own).map(|(rank, _)| rank)
}

/// Returns whether a package is in the highest layer, which may depend on everything.
pub(super) fn is_tests(package: &Package, root: &Path) -> bool {
    rank(package, root).is_some_and(|rank| rank + 1 == LAYERS.len())
}

/// Returns the dependencies of a package that its layer does not allow.
///
/// Development dependencies are not checked: tests are above everything.
pub(super) fn violations(package: &Package, root: &Path) -> Vec<String> {
    let folder = |path: &Path| path.strip_prefix(root).map(|path| path.display().to_string());
    let Ok(own) = folder(&package.folder) else { return Vec::new() };
    let Some((own_rank, own_layer)) = layer(&own) else {
        return vec![format!("{own}: is in no layer; add its folder to tests/xtask/src/structure/layers.rs")];
    };
    let mut wrong = Vec::new();
    for dependency in package.dependencies.iter().filter(|dependency| !dependency.only_for_tests) {
        let Ok(other) = folder(&dependency.folder) else { continue };
        let Some((rank, layer)) = layer(&other) else { continue };
        let allowed = rank < own_rank || (rank == own_rank && layer.2);
        if !allowed {
            wrong.push(format!("{own} ({}) must not depend on {other} ({})", own_layer.0, layer.0));
        }
    }
    wrong
}

type Layer = (&'static str, &'static [&'static str], bool);

fn layer(folder: &str) -> Option<(usize, &'static Layer)> {
    let is_below = |parent: &&str| {
        folder.strip_prefix(*parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    LAYERS.iter().enumerate().find(|(_, (_, folders, _))| folders.iter().any(is_below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn wrong(folder: &str, dependency: &str, only_for_tests: bool) -> Vec<String> {
        let root = Path::new("/repository");
        let dependency = Dependency { folder: root.join(dependency), only_for_tests };
        let package =
            Package { folder: root.join(folder), dependencies: vec![dependency], ..Package::default() };
        violations(&package, root)
    }

    #[test]
    fn imports_point_down() {
        assert_eq!(wrong("adapters/tokio", "core", false), [] as [&str; 0]);
        assert_eq!(wrong("core", "tests/support/sandbox", true), [] as [&str; 0]);
        assert_eq!(wrong("tests/suites/device", "tests/support/sandbox", false), [] as [&str; 0]);
        let expected = ["core (core) must not depend on adapters/tls (building blocks of devices)"];
        assert_eq!(wrong("core", "adapters/tls", false), expected);
        assert_eq!(wrong("adapters/cli", "tests/support/sandbox", false), [] as [&str; 0]);
        assert_eq!(wrong("tests/support/sandbox", "adapters/tokio", false).len(), 1);
        assert_eq!(wrong("adapters/embassy", "adapters/tokio", false).len(), 1);
        assert_eq!(wrong("corner", "core", false).len(), 1);
    }
}
