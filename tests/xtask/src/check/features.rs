//! Builds sets of a package's features by themselves: users choose sets that no member of the workspace uses, and no other check
//! compiles the code behind their `cfg`.

use crate::{
    failure::Failure,
    program,
    steps::Outcome,
    workspace::{Package, Workspace},
};

/// The most features of which all sets are built (2 to the power of their number).
const ALL_SETS: usize = 5;

/// Lints the library or program of every publishable package for hosts with every set of its features. Step `bare-metal` does so for those of devices.
pub(super) fn each_set(workspace: &Workspace) -> Result<Outcome, Failure> {
    for package in workspace.publishable().filter(|package| !package.no_std) {
        let sets = sets(&package.features);
        println!("{}: sets of features: {}", package.name, sets.len());
        for features in sets {
            lint(workspace, package, &features.join(","))?;
        }
    }
    Ok(Outcome::Passed)
}

fn lint(workspace: &Workspace, package: &Package, features: &str) -> Result<(), Failure> {
    let arguments = ["clippy", "--quiet", "--locked", "--package", &package.name, "--no-default-features"];
    let arguments = [&arguments[..], &["--features", features, "--", "-D", "warnings"]].concat();
    program::run(&mut program::new("cargo", &arguments, &workspace.root))
}

/// Returns the sets of features to build, the empty one first: all of them if there are few. Otherwise none, each feature alone,
/// all but one, and all: this finds code that misses a feature it needs, or that one feature breaks, but not an interaction of
/// three.
pub(super) fn sets(features: &[String]) -> Vec<Vec<&str>> {
    let count = features.len();
    let sets: Vec<usize> = if count <= ALL_SETS {
        (0..1 << count).collect()
    } else {
        let all = (1 << count) - 1;
        let alone = (0..count).map(|index| 1 << index);
        let all_but_one = (0..count).map(|index| all & !(1 << index));
        [0].into_iter().chain(alone).chain(all_but_one).chain([all]).collect()
    };
    let chosen = |set: usize| {
        let chosen = features.iter().enumerate().filter(move |(index, _)| set >> index & 1 == 1);
        chosen.map(|(_, feature)| feature.as_str()).collect()
    };
    sets.into_iter().map(chosen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_features_is_built_once() {
        let features = ["a".to_owned(), "b".to_owned()];
        let expected: [&[&str]; 4] = [&[], &["a"], &["b"], &["a", "b"]];
        assert_eq!(sets(&features), expected);
        assert_eq!(sets(&[]), [Vec::<&str>::new()]);
    }

    #[test]
    fn of_many_features_none_each_all_but_one_and_all_are_built() {
        let features: Vec<_> = ["a", "b", "c", "d", "e", "f"].map(str::to_owned).into();
        let sets = sets(&features);
        assert_eq!(sets.len(), 1 + 6 + 6 + 1);
        assert_eq!(sets[1], ["a"]);
        assert_eq!(sets[7], ["b", "c", "d", "e", "f"]);
        assert_eq!(sets[13], ["a", "b", "c", "d", "e", "f"]);
    }
}
