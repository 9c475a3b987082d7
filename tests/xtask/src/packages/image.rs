//! An image for containers (OCI image format 1.1) with nothing in it but the programs: one layer, written without a container engine.
//! The same programs give the same bytes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{build::PROGRAMS, tar::Archive};
use crate::{failure::Failure, program, workspace::Workspace};

/// The user and the group of the broker in the image: no account of any host.
pub(super) const USER: u32 = 65532;

/// The folders of the image with their permissions and owners; a folder comes after the one that it is in.
const FOLDERS: &[(&str, u32, u32)] = &[
    ("etc", 0o755, 0),
    ("etc/genesys-token-broker", 0o755, 0),
    ("run", 0o755, 0),
    ("run/genesys-token-broker", 0o755, USER),
    ("usr", 0o755, 0),
    ("usr/bin", 0o755, 0),
    ("usr/share", 0o755, 0),
    ("usr/share/doc", 0o755, 0),
    ("usr/share/doc/genesys-token-broker", 0o755, 0),
    ("var", 0o755, 0),
    ("var/lib", 0o755, 0),
    ("var/lib/genesys-token-broker", 0o700, USER),
];

/// Writes the image of the programs in a folder into that folder, as `genesys-token-broker-<version>-<architecture>.oci.tar`.
pub(super) fn write(
    architecture: &str,
    version: &str,
    folder: &Path,
    workspace: &Workspace,
) -> Result<PathBuf, Failure> {
    let bytes = bytes(architecture, version, folder, workspace)?;
    if bytes != self::bytes(architecture, version, folder, workspace)? {
        return Err("the image differs each time that it is written".into());
    }
    let path = folder.join(format!("genesys-token-broker-{version}-{architecture}.oci.tar"));
    fs::write(&path, bytes)?;
    println!("{}", path.display());
    Ok(path)
}

/// Returns an archive of the image's layout.
fn bytes(
    architecture: &str,
    version: &str,
    folder: &Path,
    workspace: &Workspace,
) -> Result<Vec<u8>, Failure> {
    let mut blobs = Blobs { scratch: folder.join("blob"), entries: Vec::new() };
    let layer = blobs.add("application/vnd.oci.image.layer.v1.tar", layer(folder, workspace)?)?;
    let config = json!({
        "architecture": architecture,
        "os": "linux",
        "config": {
            "User": format!("{USER}:{USER}"),
            "Env": ["PATH=/usr/bin"],
            "Entrypoint": ["/usr/bin/genesys-token-broker"],
            "Cmd": ["run"],
            "Labels": {
                "org.opencontainers.image.title": "genesys-token-broker",
                "org.opencontainers.image.version": version,
                "org.opencontainers.image.licenses": "MIT OR Apache-2.0",
            },
        },
        // Not compressed, so that the layer is the same whatever compressor an engine has, and has one digest.
        "rootfs": { "type": "layers", "diff_ids": [layer["digest"]] },
    });
    let config = blobs.add("application/vnd.oci.image.config.v1+json", config.to_string().into_bytes())?;
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({ "schemaVersion": 2, "mediaType": kind, "config": config, "layers": [layer] });
    let mut manifest = blobs.add(kind, manifest.to_string().into_bytes())?;
    manifest["platform"] = json!({ "architecture": architecture, "os": "linux" });
    manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": version });
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [manifest],
    });

    let mut archive = Archive::new();
    archive.file("oci-layout", 0o644, 0, json!({ "imageLayoutVersion": "1.0.0" }).to_string().as_bytes());
    archive.file("index.json", 0o644, 0, index.to_string().as_bytes());
    archive.directory("blobs", 0o755, 0);
    archive.directory("blobs/sha256", 0o755, 0);
    for (digest, content) in &blobs.entries {
        archive.file(&format!("blobs/sha256/{digest}"), 0o644, 0, content);
    }
    Ok(archive.finish())
}

/// Returns the file system of the image.
fn layer(folder: &Path, workspace: &Workspace) -> Result<Vec<u8>, Failure> {
    let mut archive = Archive::new();
    for (path, mode, owner) in FOLDERS {
        archive.directory(path, *mode, *owner);
    }
    let passwd = format!("root:x:0:0::/:\ngenesys-token-broker:x:{USER}:{USER}::/:\n");
    archive.file("etc/passwd", 0o644, 0, passwd.as_bytes());
    let group = format!("root:x:0:\ngenesys-token-broker:x:{USER}:\n");
    archive.file("etc/group", 0o644, 0, group.as_bytes());
    for name in PROGRAMS {
        archive.file(&format!("usr/bin/{name}"), 0o755, 0, &fs::read(folder.join(name))?);
    }
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        let text = fs::read(workspace.root.join(name))?;
        archive.file(&format!("usr/share/doc/genesys-token-broker/{name}"), 0o644, 0, &text);
    }
    Ok(archive.finish())
}

/// The parts of an image, each under the digest of its content.
struct Blobs {
    /// A file for the program that computes digests.
    scratch: PathBuf,
    entries: Vec<(String, Vec<u8>)>,
}

impl Blobs {
    /// Adds one, and returns its descriptor.
    fn add(&mut self, kind: &str, content: Vec<u8>) -> Result<Value, Failure> {
        fs::write(&self.scratch, &content)?;
        let digest = sha256(&self.scratch)?;
        fs::remove_file(&self.scratch)?;
        let descriptor =
            json!({ "mediaType": kind, "digest": format!("sha256:{digest}"), "size": content.len() });
        self.entries.push((digest, content));
        Ok(descriptor)
    }
}

/// Returns the digest of a file in hexadecimal, by the program of coreutils: this is compiled before anything else, so that each
/// dependency costs every command.
pub(super) fn sha256(file: &Path) -> Result<String, Failure> {
    let file = file.display().to_string();
    let printed = program::output(&mut program::new("sha256sum", &[&file], Path::new("/")))?;
    Ok(printed.split_whitespace().next().unwrap_or_default().to_owned())
}
