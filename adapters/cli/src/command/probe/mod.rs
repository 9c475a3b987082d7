//! `genesys-token probe`: checks whether a device could connect to the hosts, before hardware is built.
//!
//! [`device`] makes the connection with `genesys-token-tls`, as firmware does, but with a receive buffer for the largest possible record, so
//! that the records can be measured. [`offer`] makes a handshake with this machine's TLS, to show the certificates and, after a failure,
//! what the host supports instead. No secret is needed, and none is sent.

mod chain;
mod device;
mod finding;
mod offer;
mod report;
mod socket;
mod target;

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::ArgMatches;
use clap::builder::PossibleValue;
use genesys_token_tls::{TrustAnchor, anchors};
use genesys_token_tokio::rustls::pki_types::CertificateDer;
use genesys_token_tokio::rustls::pki_types::pem::PemObject as _;

use crate::endpoint::Service;
use crate::exit::{Exit, Problem};
use crate::options::{one_of, text};
use crate::secret_input;
use crate::service;
use crate::settings::Settings;
use chain::Chain;
use finding::Finding;
use target::{LARGEST, Target};

/// The default receive buffer of firmware, in bytes.
const RECEIVE_BUFFER: usize = 8192;
const TIMEOUT: Duration = Duration::from_secs(10);

/// The hosts to connect to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Which {
    Login,
    Api,
    #[default]
    Both,
}

impl clap::ValueEnum for Which {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Login, Self::Api, Self::Both]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Login => PossibleValue::new("login").help("the host of the token endpoint"),
            Self::Api => PossibleValue::new("api").help("the host of the Platform API"),
            Self::Both => PossibleValue::new("both").help("both hosts, one after the other"),
        })
    }
}

impl Finding {
    /// Returns whether the device could connect, and all records fit into its receive buffer.
    fn fits(&self, receive_buffer: usize) -> bool {
        self.device.as_ref().is_ok_and(|connection| connection.largest() <= receive_buffer)
    }
}

/// Probes the hosts. Returns the text to print, and the failure with which to exit after printing it: a device could not connect.
pub(crate) fn run(options: &ArgMatches) -> Result<(String, Result<(), Problem>), Problem> {
    let settings = Settings::read(options)?;
    let service = Service::find(&settings)?;
    let endpoint = service.endpoint;
    let hosts = one_of(options, "host").unwrap_or_default();
    if hosts != Which::Login {
        service.require_api()?;
    }
    let receive_buffer = receive_buffer(options)?;
    let timeout = text(options, "timeout").map_or(Ok(TIMEOUT), service::timeout)?;
    let anchors = trust_anchors(&settings)?;
    let login =
        Target { host: endpoint.login_host(), port: endpoint.login_port(), path: endpoint.token_path() };
    let api = Target { host: endpoint.api_host(), port: endpoint.api_port(), path: "/api/v2/tokens/me" };
    let targets = match hosts {
        Which::Login => vec![login],
        Which::Api => vec![api],
        Which::Both => vec![login, api],
    };
    let mut findings = Vec::new();
    for target in &targets {
        findings.push(probe(target, &anchors, timeout)?);
    }
    let text = match one_of(options, "format").unwrap_or_default() {
        crate::command::verify::Format::Text => report::text(&findings, receive_buffer),
        crate::command::verify::Format::Json => report::json(&findings, receive_buffer),
    };
    Ok((text, report::verdict(&findings, receive_buffer)))
}

fn probe(target: &Target<'_>, anchors: &[TrustAnchor<'_>], timeout: Duration) -> Result<Finding, Problem> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let deadline = || Instant::now() + timeout;
    let device = device::connect(target, anchors, now, deadline())?;
    let mut offer = None;
    let mut certificates = offer::certificates(target, deadline(), &offer::DEVICE);
    if device.is_err() && certificates.is_none() {
        // The host requires something that a device does not support.
        offer = offer::offer(target, deadline());
        certificates = offer.as_mut().map(|offer| std::mem::take(&mut offer.certificates));
    }
    let chain = certificates
        .filter(|certificates| !certificates.is_empty())
        .map(|certificates| Chain::of(&certificates, target.host, anchors, now));
    let host =
        if target.port == 443 { target.host.to_owned() } else { format!("{}:{}", target.host, target.port) };
    Ok(Finding { host, device, chain, offer })
}

fn receive_buffer(options: &ArgMatches) -> Result<usize, Problem> {
    let Some(bytes) = text(options, "receive-buffer") else {
        return Ok(RECEIVE_BUFFER);
    };
    match bytes.parse() {
        Ok(bytes @ 1024..=LARGEST) => Ok(bytes),
        _ => Err(Problem::setting(
            "--receive-buffer",
            format!("give a number of bytes from 1024 to {LARGEST}"),
        )),
    }
}

/// Returns the service's trust anchors, or those of the given file instead.
fn trust_anchors(settings: &Settings<'_>) -> Result<Vec<TrustAnchor<'static>>, Problem> {
    let Some((source, file)) = service::ca_file(settings)? else {
        return Ok(anchors::SERVICE.to_vec());
    };
    let name = source.to_string();
    let certificates = secret_input::in_time(Some(settings.options), &name, &file, {
        let name = name.clone();
        move |file| certificates(&name, file)
    });
    // It is no source of credentials.
    let certificates = certificates.map_err(|problem| Problem::new(Exit::Usage, problem.message))?;
    match chain::anchors_of(&certificates) {
        Some(anchors) if !anchors.is_empty() => Ok(anchors),
        _ => {
            let file = file.display();
            Err(Problem::setting(
                &source,
                format!("the file {file} contains no CA certificate; give the issuing CA's"),
            ))
        }
    }
}

fn certificates(source: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, Problem> {
    // The parser's own message may contain a part of the file.
    CertificateDer::pem_file_iter(file).and_then(Iterator::collect).map_err(|_| {
        let file = file.display();
        Problem::setting(
            source,
            format!("the file {file} cannot be read, or is not PEM; check its name and content"),
        )
    })
}
