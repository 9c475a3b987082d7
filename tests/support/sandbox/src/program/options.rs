//! The command line.

use core::time::Duration;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::fault::{Effect, Fault};
use crate::behaviour::Host;
use crate::builder::Builder;
use crate::certificates::Certificate;
use crate::limits::RateLimit;
use crate::sandbox::Sandbox;
use crate::state::BasicDecoding;
use crate::tls::TlsVersions;

// Not a doc comment: clap would take it for the description of the command that has these options.
#[derive(Args)]
pub(crate) struct Options {
    /// Port of the login host; 0 selects a free port
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    login_port: u16,
    /// Port of the API host; 0 selects a free port
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    api_port: u16,
    /// Serve both hosts on one port (default: a free one): /oauth/ is the login host, everything else the API host; the server names
    /// login.* and api.* select the host as well
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0", conflicts_with_all = ["login_port", "api_port"])]
    one_port: Option<u16>,
    /// Write the root certificate (PEM) to this file [default: target/sandbox-root.pem, or the temporary directory if there is no
    /// target]
    #[arg(long, value_name = "FILE")]
    pub(crate) root_pem: Option<PathBuf>,
    /// Private key of the root certificate (PEM): read if the file exists, otherwise created. Clients then trust the sandbox across
    /// restarts
    #[arg(long, value_name = "FILE")]
    pub(crate) root_key: Option<PathBuf>,
    /// Registered clients: a TOML file (FILE.toml), or one `id:secret` per line [default: a client for each grant]
    #[arg(long, value_name = "FILE")]
    pub(crate) clients: Option<PathBuf>,
    /// How clients encode id and secret in Basic client authentication; which one the real service expects is unknown
    #[arg(long, value_name = "ENCODING", value_enum, default_value = "literal")]
    basic_auth: BasicAuth,
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
    pub(crate) clear_text: bool,
    /// No log: a flag of the command, since another program may have one of this name for all its commands.
    #[arg(skip)]
    pub(crate) quiet: bool,
    /// Fault to inject
    #[arg(long, value_name = "FAULT", value_enum)]
    fail: Option<Fault>,
    /// Host with the fault
    #[arg(long, value_name = "HOST", value_enum, default_value = "login", requires = "fail")]
    fail_host: FaultyHost,
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
enum BasicAuth {
    /// As they are, like the official SDKs
    Literal,
    /// Form-encoded, to the letter of RFC 6749 section 2.3.1
    FormEncoded,
}

#[derive(Clone, Copy, ValueEnum)]
enum FaultyHost {
    Login,
    Api,
    Both,
}

impl Options {
    /// Checks combinations that the argument parser cannot express.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.clear_text && matches!(self.fail.map(Fault::effect), Some(Effect::Certificate(_))) {
            return Err(io::Error::other(
                "certificate faults need TLS; remove --clear-text or choose another fault",
            ));
        }
        Ok(())
    }

    /// Returns the settings of the sandbox, without clients.
    pub(crate) fn builder(&self) -> Builder {
        let per_minute = |requests| RateLimit { requests, window: Duration::from_secs(60) };
        let mut builder = Sandbox::builder()
            .login_port(self.login_port)
            .api_port(self.api_port)
            .token_lifetime(Duration::from_secs(self.lifetime))
            .basic_decoding(match self.basic_auth {
                BasicAuth::Literal => BasicDecoding::Literal,
                BasicAuth::FormEncoded => BasicDecoding::FormEncoded,
            })
            .tls_versions(match self.tls {
                Tls::Both => TlsVersions::Both,
                Tls::Only12 => TlsVersions::Only12,
                Tls::Only13 => TlsVersions::Only13,
            })
            .without_record();
        if let Some(port) = self.one_port {
            builder = builder.one_port(port);
        }
        if !self.quiet {
            builder = builder.on_request(|request| {
                let _ = writeln!(io::stderr(), "{request}");
            });
        }
        if let Some(seconds) = self.idle_timeout {
            builder = builder.idle_timeout(Duration::from_secs(seconds));
        }
        if let Some(requests) = self.token_limit {
            builder = builder.token_rate_limit(per_minute(requests));
        }
        if let Some(requests) = self.api_limit {
            builder = builder.api_rate_limit(per_minute(requests));
        }
        if self.from_root {
            builder = builder
                .certificate(Host::Login, Certificate::FromRoot)
                .certificate(Host::Api, Certificate::FromRoot);
        }
        if let Some(Effect::Certificate(certificate)) = self.fail.map(Fault::effect) {
            let hosts = self.fail_host.hosts();
            builder = hosts.fold(builder, |builder, host| builder.certificate(host, certificate));
        }
        if self.clear_text { builder.clear_text() } else { builder }
    }

    /// Starts the fault, if one is selected.
    pub(crate) fn inject_fault(&self, sandbox: &Sandbox) {
        let Some(Effect::Behaviour(behaviour)) = self.fail.map(Fault::effect) else { return };
        for host in self.fail_host.hosts() {
            match self.fail_times {
                None => sandbox.always(host, behaviour.clone()),
                Some(times) => (0..times).for_each(|_| sandbox.script(host, behaviour.clone())),
            }
        }
    }
}

impl FaultyHost {
    fn hosts(self) -> impl Iterator<Item = Host> {
        let (login, api) = match self {
            Self::Login => (true, false),
            Self::Api => (false, true),
            Self::Both => (true, true),
        };
        login.then_some(Host::Login).into_iter().chain(api.then_some(Host::Api))
    }
}
