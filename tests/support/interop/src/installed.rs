//! Finds the peers' programs, or says how to install them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::PeerError;

/// The oldest Node.js that oidc-provider runs on.
const NODE_AT_LEAST: (u32, u32) = (20, 19);
/// Directories of server programs that are often not in the PATH of ordinary users.
const SERVER_DIRECTORIES: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];
/// squid's helper that checks user and password against a file, part of Debian's squid package.
const SQUID_PASSWORD_CHECK: &str = "/usr/lib/squid/basic_ncsa_auth";

/// Returns the path of a program from the Debian package of the same name.
pub(crate) fn program(name: &str) -> Result<PathBuf, PeerError> {
    program_of(name, name)
}

/// Returns the path of a program from a Debian package.
pub(crate) fn program_of(name: &str, package: &str) -> Result<PathBuf, PeerError> {
    on_path(name).ok_or_else(|| missing(&format!("{name} is not installed (Debian package {package})")))
}

/// Returns the path of squid's password helper.
pub(crate) fn squid_password_check() -> Result<PathBuf, PeerError> {
    let path = PathBuf::from(SQUID_PASSWORD_CHECK);
    if path.is_file() {
        return Ok(path);
    }
    Err(missing(&format!("{SQUID_PASSWORD_CHECK} is not installed (Debian package squid)")))
}

/// Returns the path of a recent Node.js: the one installed by `node/package.json`, otherwise the system's.
pub(crate) fn node() -> Result<PathBuf, PeerError> {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let own = package_directory().join(format!("node/node_modules/node-linux-{architecture}/bin/node"));
    if own.is_file() {
        return Ok(own);
    }
    let (major, minor) = NODE_AT_LEAST;
    let remedy = "npm ci --prefix tests/support/interop/node";
    let Some(node) = on_path("node") else {
        return Err(missing(&format!(
            "node is not installed (Debian packages nodejs and npm, or {remedy}; {major}.{minor} or later)"
        )));
    };
    match node_version(&node) {
        Some(version) if version >= NODE_AT_LEAST => Ok(node),
        found => Err(missing(&format!(
            "{} is {}, and {major}.{minor} or later is needed ({remedy} installs one)",
            node.display(),
            found.map_or("of unknown version".to_owned(), |(major, minor)| format!("{major}.{minor}")),
        ))),
    }
}

/// Returns a directory beside `src` after checking that its npm modules have the versions of its lock file.
pub(crate) fn node_packages(name: &str) -> Result<PathBuf, PeerError> {
    let directory = package_directory().join(name);
    let wanted = locked_versions(&directory.join("package-lock.json")).ok_or_else(|| {
        PeerError::new(format!("tests/support/interop/{name}/package-lock.json cannot be read"))
    })?;
    // npm's own record of the installed versions.
    let installed = locked_versions(&directory.join("node_modules/.package-lock.json"));
    if installed.as_ref() == Some(&wanted) {
        return Ok(directory);
    }
    let state = if installed.is_some() { "differ from the lock file" } else { "are not installed" };
    Err(missing(&format!("the npm modules of {name} {state} (npm ci --prefix tests/support/interop/{name})")))
}

/// Returns the path of Python 3.
pub(crate) fn python() -> Result<PathBuf, PeerError> {
    on_path("python3")
        .ok_or_else(|| missing("python3 is not installed (Debian packages python3 and python3-pip)"))
}

/// Returns the folder of Python packages after checking that they were installed from the current requirements.
pub(crate) fn python_packages() -> Result<PathBuf, PeerError> {
    let directory = package_directory().join("python");
    let packages = directory.join("packages");
    // Copied by the last step of the installation.
    let (wanted, installed) =
        (fs::read(directory.join("requirements.txt")), fs::read(packages.join("requirements.txt")));
    if wanted.is_ok_and(|wanted| installed.is_ok_and(|installed| installed == wanted)) {
        return Ok(packages);
    }
    Err(missing("the Python packages are not installed (python3 tests/support/interop/python/install.py)"))
}

/// Where Debian puts the sources of Go packages.
pub(crate) const GO_PACKAGES: &str = "/usr/share/gocode";

/// Returns the path of the Go command after checking that the client library is installed.
pub(crate) fn go() -> Result<PathBuf, PeerError> {
    if !Path::new(GO_PACKAGES).join("src/golang.org/x/oauth2").is_dir() {
        return Err(missing(
            "golang.org/x/oauth2 is not installed (Debian package golang-golang-x-oauth2-dev)",
        ));
    }
    program_of("go", "golang-go")
}

fn missing(what: &str) -> PeerError {
    PeerError::new(format!("{what}; install with: cargo xtask provision"))
}

fn package_directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(SERVER_DIRECTORIES.iter().map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|candidate| candidate.is_file())
}

fn node_version(node: &Path) -> Option<(u32, u32)> {
    let output = Command::new(node).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut numbers = text.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Returns path and version of each package of an npm lock file, without the root package.
fn locked_versions(lock: &Path) -> Option<Vec<(String, String)>> {
    let lock: Value = serde_json::from_slice(&fs::read(lock).ok()?).ok()?;
    let mut versions: Vec<_> = lock["packages"]
        .as_object()?
        .iter()
        .filter(|(path, _)| !path.is_empty())
        .map(|(path, package)| (path.clone(), package["version"].as_str().unwrap_or_default().to_owned()))
        .collect();
    versions.sort();
    Some(versions)
}
