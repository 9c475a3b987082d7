//! The sandbox as a program: `genesys-token-sandbox --help`.

mod failure;

use core::time::Duration;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use failure::{Effect, Failure};
use genesys_token_sandbox::{
    Builder, Certificate, Client, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host, RateLimit, Sandbox, TlsVersions,
};

/// Simulates Genesys Cloud's login and API hosts on 127.0.0.1 until it is interrupted
///
/// Prints the addresses and the environment variables that configure clients for them. Logs each request to standard error, without
/// secrets.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Port of the login host; 0 selects a free port
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    login_port: u16,
    /// Port of the API host; 0 selects a free port
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    api_port: u16,
    /// Write the root certificate (PEM) to this file [default: target/sandbox-root.pem, or the temporary directory if there is no target]
    #[arg(long, value_name = "FILE")]
    root_pem: Option<PathBuf>,
    /// Private key of the root certificate (PEM): read if the file exists, otherwise created. Clients then trust the sandbox across
    /// restarts
    #[arg(long, value_name = "FILE")]
    root_key: Option<PathBuf>,
    /// File of registered clients, one `id:secret` in each line [default: a demo client]
    #[arg(long, value_name = "FILE")]
    clients: Option<PathBuf>,
    /// Lifetime of access tokens; `expires_in` is one second shorter
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400, value_parser = clap::value_parser!(u64).range(1..=38_880_000))]
    lifetime: u64,
    /// Inactivity timeout: an access token that is not used for this long becomes invalid
    #[arg(long, value_name = "SECONDS")]
    idle_timeout: Option<u64>,
    /// Rate limit of the token endpoint, requests per minute and client
    #[arg(long, value_name = "REQUESTS")]
    token_limit: Option<u32>,
    /// Rate limit of the Platform API, requests per minute and access token
    #[arg(long, value_name = "REQUESTS")]
    api_limit: Option<u32>,
    /// TLS versions to accept
    #[arg(long, value_enum, default_value = "both")]
    tls: Tls,
    /// Present a certificate issued directly by the root, without an intermediate
    #[arg(long)]
    from_root: bool,
    /// Serve plain HTTP on both hosts
    #[arg(long, conflicts_with_all = ["tls", "root_pem", "root_key", "from_root"])]
    clear_text: bool,
    /// Fault to inject
    #[arg(long, value_name = "MODE", value_enum)]
    fail: Option<Failure>,
    /// Host with the fault
    #[arg(long, value_name = "HOST", value_enum, default_value = "login", requires = "fail")]
    fail_host: FailingHost,
    /// Number of requests with the fault [default: all]
    #[arg(long, value_name = "REQUESTS", requires = "fail")]
    fail_times: Option<u32>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Tls {
    Both,
    #[value(name = "1.2")]
    Only12,
    #[value(name = "1.3")]
    Only13,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailingHost {
    Login,
    Api,
    Both,
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "genesys-token-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> io::Result<()> {
    if options.clear_text && matches!(options.fail.map(Failure::effect), Some(Effect::Certificate(_))) {
        return Err(io::Error::other(
            "certificate faults need TLS; remove --clear-text or choose another fault",
        ));
    }
    let clients = options.clients.as_deref().map_or_else(|| Ok(vec![Client::demo()]), read_clients)?;
    let shown = clients.first().map(|client| (client.id.clone(), client.secret.clone())).unwrap_or_default();
    let mut builder = clients.into_iter().fold(builder(&options), Builder::client);
    let former = options.root_key.as_deref().filter(|path| path.exists());
    if let Some(path) = former {
        let key =
            std::fs::read_to_string(path).map_err(|error| named(&error, &path.display().to_string()))?;
        builder = builder.root_key(&key);
    }
    let sandbox = builder.start_blocking().map_err(|error| named(&error, "cannot start"))?;
    if let Some(Effect::Behaviour(behaviour)) = options.fail.map(Failure::effect) {
        for host in options.fail_host.hosts() {
            match options.fail_times {
                None => sandbox.always(host, behaviour.clone()),
                Some(times) => (0..times).for_each(|_| sandbox.script(host, behaviour.clone())),
            }
        }
    }
    if let Some(path) = options.root_key.as_deref().filter(|_| former.is_none()) {
        write_key(path, &sandbox.root_key_pem())
            .map_err(|error| named(&error, &path.display().to_string()))?;
    }
    let root =
        if options.clear_text { None } else { Some(options.root_pem.unwrap_or_else(default_root_pem)) };
    if let Some(path) = &root {
        sandbox.write_root_pem(path).map_err(|error| named(&error, &path.display().to_string()))?;
    }
    announce(&sandbox, root.as_deref(), &shown)?;
    loop {
        std::thread::park();
    }
}

fn builder(options: &Options) -> Builder {
    let per_minute = |requests| RateLimit { requests, window: Duration::from_secs(60) };
    let mut builder = Sandbox::builder()
        .login_port(options.login_port)
        .api_port(options.api_port)
        .token_lifetime(Duration::from_secs(options.lifetime))
        .tls_versions(match options.tls {
            Tls::Both => TlsVersions::Both,
            Tls::Only12 => TlsVersions::Only12,
            Tls::Only13 => TlsVersions::Only13,
        })
        .on_request(|request| {
            let _ = writeln!(io::stderr(), "{request}");
        });
    if let Some(seconds) = options.idle_timeout {
        builder = builder.idle_timeout(Duration::from_secs(seconds));
    }
    if let Some(requests) = options.token_limit {
        builder = builder.token_rate_limit(per_minute(requests));
    }
    if let Some(requests) = options.api_limit {
        builder = builder.api_rate_limit(per_minute(requests));
    }
    if options.from_root {
        builder = builder
            .certificate(Host::Login, Certificate::FromRoot)
            .certificate(Host::Api, Certificate::FromRoot);
    }
    if let Some(Effect::Certificate(certificate)) = options.fail.map(Failure::effect) {
        builder =
            options.fail_host.hosts().fold(builder, |builder, host| builder.certificate(host, certificate));
    }
    if options.clear_text { builder.clear_text() } else { builder }
}

impl FailingHost {
    fn hosts(self) -> impl Iterator<Item = Host> {
        let (login, api) = match self {
            Self::Login => (true, false),
            Self::Api => (false, true),
            Self::Both => (true, true),
        };
        login.then_some(Host::Login).into_iter().chain(api.then_some(Host::Api))
    }
}

fn read_clients(path: &Path) -> io::Result<Vec<Client>> {
    let text = std::fs::read_to_string(path).map_err(|error| named(&error, &path.display().to_string()))?;
    let lines = text
        .lines()
        .map(str::trim)
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let clients: io::Result<Vec<Client>> = lines
        .map(|(index, line)| match line.split_once(':') {
            Some((id, secret)) if !id.is_empty() && !secret.is_empty() => Ok(Client::new(id, secret)),
            // The line may contain a secret: it is not part of the message.
            _ => Err(io::Error::other(format!("{} line {}: write id:secret", path.display(), index + 1))),
        })
        .collect();
    let clients = clients?;
    if clients.is_empty() {
        return Err(io::Error::other(format!("{}: no client in it; write id:secret", path.display())));
    }
    Ok(clients)
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
fn announce(sandbox: &Sandbox, root: Option<&Path>, (id, secret): &(String, String)) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "# login host {}, api host {}", sandbox.login_addr(), sandbox.api_addr())?;
    let mut export =
        |name: &str, value: &str| writeln!(out, "export {name}='{}'", value.replace('\'', r"'\''"));
    export("GENESYS_LOGIN_URL", &sandbox.login_url())?;
    export("GENESYS_API_URL", &sandbox.api_url())?;
    if let Some(path) = root {
        export("GENESYS_CA_FILE", &std::path::absolute(path)?.display().to_string())?;
    }
    export("GENESYS_CLIENT_ID", id)?;
    if (id.as_str(), secret.as_str()) == (DEMO_CLIENT_ID, DEMO_CLIENT_SECRET) {
        export("GENESYS_CLIENT_SECRET", secret)?;
    } else {
        writeln!(out, "# GENESYS_CLIENT_SECRET: see your clients file")?;
    }
    out.flush()
}

fn named(error: &io::Error, what: &str) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}
