//! What cargo knows about the workspace. Its metadata is the one source; nothing here is written a second time.

use std::{
    env,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{Failure, program};

/// Features that no member of the workspace switches on for another; tests and lints see them all the same.
pub(crate) const FEATURES: &[&str] = &["--features", "genesys-token-tokio/tower,genesys-token/probe"];

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

pub(crate) struct Package {
    pub(crate) name: String,
    /// Every feature besides `default`, in the order of their names.
    pub(crate) features: Vec<String>,
    pub(crate) rust_version: Option<String>,
    /// `publish = false` is not set.
    pub(crate) publishable: bool,
    /// `[package.metadata.genesys] no_std = true`: builds without std and without an allocator.
    pub(crate) no_std: bool,
    /// What a crates.io page shows and is not filled in.
    pub(crate) blanks: Vec<&'static str>,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self, Failure> {
        // Where cargo found this package now, which need not be where it was compiled.
        let here = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).ok_or("run this as `cargo xtask`")?;
        Self::at(&here.join("Cargo.toml"))
    }

    /// The workspace of a given manifest.
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

    /// The toolchain of `rust-version`, by its full name: `1.88` is `1.88.0`.
    pub(crate) fn oldest_toolchain(&self) -> Result<String, Failure> {
        let mut versions: Vec<_> =
            self.publishable().filter_map(|package| package.rust_version.as_deref()).collect();
        versions.dedup();
        match versions.as_slice() {
            [version] if version.split('.').count() == 2 => Ok(format!("{version}.0")),
            [version] => Ok((*version).to_owned()),
            [] => Err("no publishable package has a rust-version".into()),
            several => {
                Err(format!("publishable packages disagree on rust-version: {}", several.join(", ")).into())
            }
        }
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
        let blank = |key: &&str| match &metadata[*key] {
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => true,
        };
        Self {
            name: metadata["name"].as_str().unwrap_or_default().to_owned(),
            features: features.filter(|name| *name != "default").cloned().collect(),
            rust_version: metadata["rust_version"].as_str().map(str::to_owned),
            publishable: metadata["publish"].is_null(),
            no_std: metadata["metadata"]["genesys"]["no_std"] == true,
            blanks: ["description", "license", "readme", "keywords", "categories"]
                .into_iter()
                .filter(blank)
                .collect(),
        }
    }
}
