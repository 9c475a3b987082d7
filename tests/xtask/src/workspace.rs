//! Cargo's metadata of the workspace, which is the only source of such facts here.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{failure::Failure, program};

/// Features that no member of the workspace enables in another; tests and lints include them nevertheless.
pub(crate) const FEATURES: &[&str] = &[
    "--features",
    "genesys-token-core/heapless,genesys-token-tls/rand_core-09,genesys-token-tls/rand_core-010,\
     genesys-token-tokio/tower,genesys-token/probe,genesys-token/sandbox,\
     genesys-token/keyring",
];

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// The target folder.
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

#[derive(Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) folder: PathBuf,
    /// The root file of each of its crates: library, programs, tests, examples, benchmarks.
    pub(crate) roots: Vec<PathBuf>,
    /// The dependencies on packages of this repository.
    pub(crate) dependencies: Vec<Dependency>,
    /// Every feature except `default` and internal ones, whose names begin with `_`, in alphabetical order.
    pub(crate) features: Vec<String>,
    pub(crate) rust_version: Option<String>,
    /// Whether `publish = false` is absent.
    pub(crate) publishable: bool,
    /// `[package.metadata.genesys] no_std = true`: the package builds without std and without an allocator.
    pub(crate) no_std: bool,
    /// The test binaries of its folder `tests`.
    pub(crate) tests: Vec<String>,
    /// The features without which some of these cannot be built.
    pub(crate) test_features: BTreeSet<String>,
    /// The fields of a registry's page that are empty.
    pub(crate) blanks: Vec<&'static str>,
    /// `repository` or `homepage`, which a project without a public address cannot fill in.
    pub(crate) addresses: Vec<&'static str>,
}

pub(crate) struct Dependency {
    pub(crate) folder: PathBuf,
    /// Whether it is a development dependency.
    pub(crate) only_for_tests: bool,
}

/// The root and the workspaces beside it.
const WORKSPACES: &[&str] =
    &["", "firmware", "fuzz", "tests/measure/host", "tests/measure/images", "tests/suites"];

impl Workspace {
    /// Returns the manifests of all workspaces of a repository.
    pub(crate) fn manifests(root: &Path) -> impl Iterator<Item = PathBuf> {
        WORKSPACES.iter().map(|folder| root.join(folder).join("Cargo.toml"))
    }

    /// Returns all workspaces of a repository.
    pub(crate) fn all(root: &Path) -> Result<Vec<Self>, Failure> {
        Self::manifests(root).map(|manifest| Self::at(&manifest)).collect()
    }

    pub(crate) fn load() -> Result<Self, Failure> {
        // The present path of this package, which may differ from the one where it was compiled.
        let here = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).ok_or("run this as `cargo xtask`")?;
        Self::at(&here.join("Cargo.toml"))
    }

    /// Reads the workspace of a manifest.
    pub(crate) fn at(manifest: &Path) -> Result<Self, Failure> {
        let directory = manifest.parent().ok_or("a manifest stands in a folder")?;
        let arguments = ["metadata", "--format-version", "1", "--no-deps"];
        let text = program::output(&mut program::new("cargo", &arguments, directory))?;
        let metadata: Value = serde_json::from_str(&text)?;
        let path = |key: &str| metadata[key].as_str().map(PathBuf::from).ok_or("cargo metadata lacks a path");
        let packages = metadata["packages"].as_array().map(|list| list.iter().map(Package::read).collect());
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
            packages: packages.unwrap_or_default(),
        })
    }

    /// Returns the toolchains of every `rust-version` of the published packages, by their full names (`1.88` is `1.88.0`), and
    /// the packages of each.
    pub(crate) fn oldest_toolchains(&self) -> Result<BTreeMap<String, Vec<&Package>>, Failure> {
        let mut toolchains = BTreeMap::<_, Vec<_>>::new();
        for package in self.publishable() {
            let Some(version) = &package.rust_version else {
                return Err(format!("{} has no rust-version", package.name).into());
            };
            let full = if version.split('.').count() == 2 { format!("{version}.0") } else { version.clone() };
            toolchains.entry(full).or_default().push(package);
        }
        Ok(toolchains)
    }

    pub(crate) fn publishable(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.publishable)
    }

    pub(crate) fn no_std(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.no_std)
    }
}

impl Package {
    fn read(metadata: &Value) -> Self {
        let features = metadata["features"].as_object().into_iter().flat_map(|features| features.keys());
        let is_blank = |key: &&str| match &metadata[*key] {
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => true,
        };
        let docs = &metadata["metadata"]["docs"]["rs"];
        let targets = || metadata["targets"].as_array().into_iter().flatten();
        let tests = || targets().filter(|target| target["kind"][0] == "test");
        let required = |test: &'_ Value| test["required-features"].as_array().cloned().unwrap_or_default();
        let manifest = Path::new(metadata["manifest_path"].as_str().unwrap_or_default());
        // A build script is a crate of one file.
        let crates = targets().filter(|target| target["kind"][0] != "custom-build");
        let dependencies = metadata["dependencies"].as_array().into_iter().flatten();
        let dependencies = dependencies.filter_map(|it| {
            let folder = PathBuf::from(it["path"].as_str()?);
            Some(Dependency { folder, only_for_tests: it["kind"] == "dev" })
        });
        Self {
            version: metadata["version"].as_str().unwrap_or_default().to_owned(),
            name: metadata["name"].as_str().unwrap_or_default().to_owned(),
            folder: manifest.parent().unwrap_or(manifest).to_owned(),
            roots: crates.filter_map(|target| target["src_path"].as_str().map(PathBuf::from)).collect(),
            dependencies: dependencies.collect(),
            features: features.filter(|name| *name != "default" && !name.starts_with('_')).cloned().collect(),
            rust_version: metadata["rust_version"].as_str().map(str::to_owned),
            publishable: metadata["publish"].is_null(),
            addresses: ["repository", "homepage"].into_iter().filter(|key| !is_blank(key)).collect(),
            no_std: metadata["metadata"]["genesys"]["no_std"] == true,
            tests: tests().filter_map(|test| test["name"].as_str().map(str::to_owned)).collect(),
            test_features: tests()
                .flat_map(required)
                .filter_map(|feature| feature.as_str().map(str::to_owned))
                .collect(),
            blanks: ["description", "documentation", "license", "readme", "keywords", "categories"]
                .into_iter()
                .filter(is_blank)
                .chain(docs.is_null().then_some("package.metadata.docs.rs"))
                .collect(),
        }
    }
}
