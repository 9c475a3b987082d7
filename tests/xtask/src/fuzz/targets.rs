//! The fuzz targets and their folder.

use std::{path::PathBuf, process::Command};

use crate::{
    failure::Failure,
    needs::{self, NIGHTLY, Need},
    program,
    workspace::Workspace,
};

pub(crate) const NEEDS: &[&Need] = &[&needs::CXX, &needs::NIGHTLY_LLVM_TOOLS, &needs::CARGO_FUZZ];

/// A fuzz target and its dictionary, both by name.
pub(super) struct Target {
    pub(super) name: &'static str,
    pub(super) dictionary: &'static str,
}

pub(super) const TARGETS: &[Target] = &[
    Target { name: "parse_token", dictionary: "token" },
    Target { name: "parse_refusal", dictionary: "refusal" },
    Target { name: "parse_api_error", dictionary: "refusal" },
    Target { name: "request_roundtrip", dictionary: "request" },
    Target { name: "form_reader", dictionary: "form" },
    Target { name: "retry_after", dictionary: "date" },
    Target { name: "redirect_fragment", dictionary: "form" },
    Target { name: "authorization", dictionary: "authorization" },
    Target { name: "settings", dictionary: "settings" },
    Target { name: "dotenv", dictionary: "dotenv" },
    Target { name: "command_output", dictionary: "command" },
    Target { name: "toml_files", dictionary: "toml" },
    Target { name: "lifecycle", dictionary: "lifecycle" },
    Target { name: "dns_message", dictionary: "dns" },
    Target { name: "http_response", dictionary: "http" },
    Target { name: "broker_request", dictionary: "consumer" },
    Target { name: "provision_region", dictionary: "provision" },
    Target { name: "certificate_chain", dictionary: "certificate" },
    Target { name: "tls_records", dictionary: "records" },
    Target { name: "tls_clients", dictionary: "records" },
];

/// The folder of the fuzz targets.
pub(super) struct Fuzz {
    pub(super) directory: PathBuf,
    /// The folder of its build artifacts.
    pub(super) target: PathBuf,
}

impl Fuzz {
    pub(super) fn find(workspace: &Workspace) -> Result<Self, Failure> {
        let directory = workspace.root.join("fuzz");
        let target = Workspace::at(&directory.join("Cargo.toml"))?.target;
        Ok(Self { directory, target })
    }

    /// Returns a command of the nightly toolchain, in this folder.
    pub(super) fn nightly(&self, arguments: &[&str]) -> Command {
        program::new("rustup", &[&["run", NIGHTLY], arguments].concat(), &self.directory)
    }
}
