//! Every set of a package's features builds by itself and leaves no lint: users choose sets that no member of the workspace
//! does, and no other check compiles what is behind their `cfg`.

use crate::{
    failure::Failure,
    program,
    steps::Outcome,
    workspace::{Package, Workspace},
};

/// Building 2 to the power of this many sets is a matter of a minute; more call for another plan.
const MOST_FEATURES: usize = 5;

/// Lints the library or program of every publishable package with every set of its features, on this host.
pub(super) fn each_set(workspace: &Workspace) -> Result<Outcome, Failure> {
    for package in workspace.publishable() {
        let sets = sets(&package.features, &package.name)?;
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

/// Every set of features, the empty one first.
pub(super) fn sets<'a>(features: &'a [String], package: &str) -> Result<Vec<Vec<&'a str>>, Failure> {
    if features.len() > MOST_FEATURES {
        let count = features.len();
        return Err(format!("{package} has {count} features: too many to build every set of them").into());
    }
    let sets = (0..1_usize << features.len()).map(|set| {
        let chosen = features.iter().enumerate().filter(|(index, _)| set >> index & 1 == 1);
        chosen.map(|(_, feature)| feature.as_str()).collect()
    });
    Ok(sets.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_features_is_built_once() {
        let features = ["a".to_owned(), "b".to_owned()];
        let expected: [&[&str]; 4] = [&[], &["a"], &["b"], &["a", "b"]];
        assert_eq!(sets(&features, "p").unwrap(), expected);
        assert_eq!(sets(&[], "p").unwrap(), [Vec::<&str>::new()]);
    }
}
