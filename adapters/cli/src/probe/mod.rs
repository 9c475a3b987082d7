//! `genesys-token probe`: could a device talk to these hosts? Asked with the device's own TLS, before anybody solders.
//!
//! The answer is that of [`device`]: a connection by `genesys-token-tls`, as firmware makes it, only with a receive buffer for the
//! largest record there is, so that what comes can be measured. [`offer`] looks at the same host through this machine's TLS, to show
//! the certificates and, after a refusal, what the host speaks instead. No secret is needed, and none is sent.

mod certificate;
mod chain;
mod device;
mod offer;
mod report;
mod socket;

use std::env;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::ArgMatches;
use clap::builder::PossibleValue;
use genesys_token_tls::{TrustAnchor, anchors};
use genesys_token_tokio::rustls::pki_types::CertificateDer;
use genesys_token_tokio::rustls::pki_types::pem::{self, PemObject as _};

use crate::exit::Problem;
use crate::options::{one_of, path, text};
use crate::{endpoint, service};
use chain::Chain;

/// The receive buffer that firmware has unless it chooses another, in bytes.
const RECEIVE_BUFFER: usize = 8192;
/// The largest protected record of TLS 1.3 (RFC 8446 section 5.2).
const LARGEST: usize = 16_640;
const TIMEOUT: Duration = Duration::from_secs(10);

/// Which host is asked.
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
            Self::Both => PossibleValue::new("both").help("one after the other"),
        })
    }
}

/// One host to be asked.
struct Target<'a> {
    host: &'a str,
    port: u16,
    path: &'a str,
}

/// What is known of one host.
struct Finding {
    /// `host`, with the port unless it is 443.
    host: String,
    device: Result<device::Connection, device::Refused>,
    /// Of the host's certificates, if any were seen.
    chain: Option<Chain>,
    /// What the host speaks with those who can do more, where a device was refused.
    offer: Option<offer::Offer>,
}

impl Finding {
    /// Bytes of the largest record, and whether that fits.
    fn fits(&self, receive_buffer: usize) -> bool {
        self.device.as_ref().is_ok_and(|connection| connection.largest() <= receive_buffer)
    }
}

/// Probes. What is to be printed, and the problem to end with although it is printed: a device could not talk to a host.
pub(crate) fn run(options: &ArgMatches) -> Result<(String, Result<(), Problem>), Problem> {
    let endpoint = endpoint::endpoint(options)?;
    let receive_buffer = receive_buffer(options)?;
    let timeout = text(options, "timeout").map_or(Ok(TIMEOUT), service::timeout)?;
    let anchors = trust_anchors(options)?;
    let login =
        Target { host: endpoint.login_host(), port: endpoint.login_port(), path: endpoint.token_path() };
    let api = Target { host: endpoint.api_host(), port: endpoint.api_port(), path: "/api/v2/tokens/me" };
    let targets = match one_of(options, "host").unwrap_or_default() {
        Which::Login => vec![login],
        Which::Api => vec![api],
        Which::Both => vec![login, api],
    };
    let mut findings = Vec::new();
    for target in &targets {
        findings.push(probe(target, &anchors, timeout)?);
    }
    let text = match one_of(options, "format").unwrap_or_default() {
        crate::verify::Format::Text => report::text(&findings, receive_buffer),
        crate::verify::Format::Json => report::json(&findings, receive_buffer),
    };
    Ok((text, report::verdict(&findings, receive_buffer)))
}

fn probe(target: &Target<'_>, anchors: &[TrustAnchor<'_>], timeout: Duration) -> Result<Finding, Problem> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let deadline = || Instant::now() + timeout;
    let device = device::connect(target, anchors, now, deadline())?;
    let mut offer = None;
    let mut certificates = offer::certificates(target, deadline(), &offer::LIKE_A_DEVICE);
    if device.is_err() && certificates.is_none() {
        // The host wants something else than a device can give: what?
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
        _ => Err(Problem::setting("--receive-buffer", format!("give bytes from 1024 to {LARGEST}"))),
    }
}

/// Those of the service, or the ones that the device is given instead.
fn trust_anchors(options: &ArgMatches) -> Result<Vec<TrustAnchor<'static>>, Problem> {
    let (option, file) = match path(options, "ca-file") {
        Some(file) => ("--ca-file", file.to_owned()),
        None => match env::var_os(service::CA_FILE).filter(|file| !file.is_empty()) {
            Some(file) => (service::CA_FILE, file.into()),
            None => return Ok(anchors::SERVICE.to_vec()),
        },
    };
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(&file).and_then(Iterator::collect).map_err(|error| match error {
            pem::Error::Io(error) => {
                Problem::setting(option, format!("the file could not be read ({error})"))
            }
            // The parser's other errors quote the file, which may contain a private key.
            _ => Problem::setting(option, "the file is not PEM"),
        })?;
    match chain::anchors_of(&certificates) {
        Some(anchors) if !anchors.is_empty() => Ok(anchors),
        _ => Err(Problem::setting(option, "the file holds no certificate that can be a trust anchor")),
    }
}
