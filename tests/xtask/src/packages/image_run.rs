//! Reads an image as a container engine does, from its index to its file system, and runs the broker in it.

use std::{fs, path::Path};

use serde_json::Value;

use super::{
    image::{USER, sha256},
    run::{self, Broker, Files, Place},
};
use crate::{failure::Failure, program, sandbox::Sandbox};

/// Where this machine's `chroot` is.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs the image's command in its file system as its user, and asks it for a token with the image's tool.
///
/// Returns why it could not, if this is not root.
pub(super) fn check(image: &Path, sandbox: &Sandbox) -> Result<Option<String>, Failure> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(Some("the image in its own file system: it needs root".to_owned()));
    }
    let place = Place::new()?;
    let (layout, root) = (place.0.join("layout"), place.0.join("root"));
    extract(image, &layout)?;
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json"))?)?;
    let manifest: Value = serde_json::from_slice(&blob(&index["manifests"][0], &layout)?)?;
    let config: Value = serde_json::from_slice(&blob(&manifest["config"], &layout)?)?;
    let layer = &manifest["layers"][0];
    if config["rootfs"]["diff_ids"][0] != layer["digest"] {
        return Err("the image's configuration names another layer than its manifest".into());
    }
    blob(layer, &layout)?;
    extract(&layout.join(path_of(layer)?), &root)?;

    let folder = root.join("etc/genesys-token-broker");
    fs::write(folder.join("client-secret"), sandbox.filled("{GENESYS_CLIENT_SECRET}"))?;
    fs::copy(sandbox.root_pem(), folder.join("ca.pem"))?;
    let files =
        Files { secret: "/etc/genesys-token-broker/client-secret", ca: "/etc/genesys-token-broker/ca.pem" };
    let socket = "/run/genesys-token-broker/socket";
    fs::write(
        folder.join("config.toml"),
        run::config(sandbox, "/var/lib/genesys-token-broker", socket, &files),
    )?;

    let settings = &config["config"];
    if settings["User"] != format!("{USER}:{USER}") {
        return Err(format!("the image's user is {}", settings["User"]).into());
    }
    let words =
        ["Entrypoint", "Cmd"].into_iter().flat_map(|name| settings[name].as_array().into_iter().flatten());
    let words: Vec<_> = words.filter_map(Value::as_str).collect();
    let root = root.display().to_string();
    let user = format!("--userspec={USER}:{USER}");
    let start = [&["--groups=", &user, &root], &words[..]].concat();
    let mut command = program::new("chroot", &start, Path::new("/"));
    command.env_clear().env("PATH", PATH);
    let mut broker = Broker::start(command, Path::new(&format!("{root}{socket}")))?;
    let mut get = program::new("chroot", &[&root, "/usr/bin/genesys-token", "get"], Path::new("/"));
    run::is_token(&program::output(get.env_clear().env("PATH", PATH).env("GENESYS_TOKEN_BROKER", socket))?)?;
    broker.stop()?;
    println!("the image's broker runs in its own file system, and its tool obtained a token");
    Ok(None)
}

/// Returns the content of a blob, after a comparison with its descriptor.
fn blob(descriptor: &Value, layout: &Path) -> Result<Vec<u8>, Failure> {
    let path = layout.join(path_of(descriptor)?);
    let content = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    if descriptor["size"] != content.len() || descriptor["digest"] != format!("sha256:{}", sha256(&path)?) {
        return Err(format!("{} is not what its descriptor says", path.display()).into());
    }
    Ok(content)
}

fn path_of(descriptor: &Value) -> Result<String, Failure> {
    let digest = descriptor["digest"].as_str().ok_or("a descriptor without a digest")?;
    Ok(format!("blobs/{}", digest.replace(':', "/")))
}

/// Unpacks an archive with the owners that it names.
fn extract(archive: &Path, into: &Path) -> Result<(), Failure> {
    fs::create_dir(into)?;
    let (archive, into) = (archive.display().to_string(), into.display().to_string());
    let arguments = [
        "--extract",
        "--numeric-owner",
        "--same-owner",
        "--same-permissions",
        "--file",
        &archive,
        "--directory",
        &into,
    ];
    program::run(&mut program::new("tar", &arguments, Path::new("/")))
}
