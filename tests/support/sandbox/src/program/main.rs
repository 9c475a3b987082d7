//! The sandbox as a program: `genesys-token-sandbox --help`.

mod default_clients;
mod fault;
mod options;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use genesys_token_sandbox::{
    Builder, Client, ClientsFile, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_CODE_CLIENT_ID,
    DEMO_SAML_CLIENT_ID, Sandbox,
};
use options::Options;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "genesys-token-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    options.check()?;
    let clients = options
        .clients
        .as_deref()
        .map_or_else(|| Ok(default_clients::default_clients()), ClientsFile::read)?;
    let first = clients.clients.first().cloned();
    let mut builder = clients.clients.into_iter().fold(options.builder(), Builder::client);
    if let Some(name) = &clients.organization {
        builder = builder.organization(name);
    }
    let existing_key = options.root_key.as_deref().filter(|path| path.exists());
    if let Some(path) = existing_key {
        let key =
            std::fs::read_to_string(path).map_err(|error| named(&error, &path.display().to_string()))?;
        builder = builder.root_key(&key);
    }
    let sandbox = builder.start_blocking().map_err(|error| named(&error, "cannot start"))?;
    options.inject_fault(&sandbox);
    if let Some(path) = options.root_key.as_deref().filter(|_| existing_key.is_none()) {
        write_key(path, &sandbox.root_key_pem())
            .map_err(|error| named(&error, &path.display().to_string()))?;
    }
    let root = (!options.clear_text).then(|| options.root_pem.clone().unwrap_or_else(default_root_pem));
    if let Some(path) = &root {
        sandbox.write_root_pem(path).map_err(|error| named(&error, &path.display().to_string()))?;
    }
    announce(&sandbox, root.as_deref(), first.as_ref())?;
    loop {
        std::thread::park();
    }
}

/// Writes the key with read permission for the owner only.
fn write_key(path: &Path, pem: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(pem.as_bytes())
}

fn default_root_pem() -> PathBuf {
    let target = PathBuf::from("target");
    let directory = if target.is_dir() { target } else { std::env::temp_dir() };
    directory.join("sandbox-root.pem")
}

/// Prints the addresses to standard output; the `export` lines can be pasted into a shell.
fn announce(sandbox: &Sandbox, root: Option<&Path>, first: Option<&Client>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "# login host {}, API host {}", sandbox.login_addr(), sandbox.api_addr())?;
    let (id, secret) = first.map_or(("", ""), |client| (&client.id, &client.secret));
    let is_demo = (id, secret) == (DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    if is_demo {
        writeln!(
            out,
            "# authorization codes: client {DEMO_CODE_CLIENT_ID}, SAML: client {DEMO_SAML_CLIENT_ID}, same secret"
        )?;
    }
    let mut export =
        |name: &str, value: &str| writeln!(out, "export {name}='{}'", value.replace('\'', r"'\''"));
    export("GENESYS_LOGIN_URL", &sandbox.login_url())?;
    export("GENESYS_API_URL", &sandbox.api_url())?;
    if let Some(path) = root {
        export("GENESYS_CA_FILE", &std::path::absolute(path)?.display().to_string())?;
    }
    export("GENESYS_CLIENT_ID", id)?;
    if is_demo {
        export("GENESYS_CLIENT_SECRET", secret)?;
    } else {
        writeln!(out, "# GENESYS_CLIENT_SECRET: see your clients file")?;
    }
    out.flush()
}

fn named(error: &io::Error, what: &str) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}
