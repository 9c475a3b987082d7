//! Judges the cases of the suite x509-limbo as a device does, and prints where the result differs from the suite's.
//!
//! ```text
//! cargo run -p genesys-token-tls --all-features --example x509_limbo -- limbo.json
//! ```
//!
//! `limbo.json` is a file of <https://github.com/C2SP/x509-limbo>. Cases that do not apply are left out: clients' certificates, IP addresses,
//! revocation lists, and depth limits. rustls-webpki with ring verifies the same cases, which shows the differences that only the
//! device's verifier has. Exit status: 0 if the device accepts nothing that rustls-webpki refuses, or else 1.

// Standard output is the interface of this program, which has `std`.
#![allow(clippy::print_stdout, clippy::std_instead_of_alloc)]

use core::error::Error;
use std::collections::BTreeMap;
use std::process::ExitCode;

use genesys_token_tls::{Expected, verify_chain};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use webpki::{EndEntityCert, KeyUsage};

/// Features that a case needs, and that no device has.
const NOT_OFFERED: [&str; 2] = ["has-crl", "max-chain-depth"];

struct Case<'a> {
    id: &'a str,
    name: &'a str,
    leaf: CertificateDer<'static>,
    intermediates: Vec<CertificateDer<'static>>,
    roots: Vec<CertificateDer<'static>>,
    time: UnixTime,
    valid: bool,
}

#[derive(Default)]
struct Tally {
    agree: usize,
    accepted: Vec<String>,
    refused: Vec<String>,
}

impl Tally {
    fn count(&mut self, case: &Case<'_>, result: Result<(), String>) {
        match (result, case.valid) {
            (Ok(()), false) => self.accepted.push(case.id.to_owned()),
            (Err(reason), true) => self.refused.push(format!("{} ({reason})", case.id)),
            _ => self.agree += 1,
        }
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: x509_limbo limbo.json")?;
    let suite: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let all = suite["testcases"].as_array().ok_or("the file has no member `testcases`")?;
    let (mut device, mut webpki, mut judged, mut beyond) = (Tally::default(), Tally::default(), 0, 0);
    let mut left_out = BTreeMap::<_, usize>::new();
    for case in all {
        if let Some(reason) = inapplicable(case) {
            *left_out.entry(reason).or_default() += 1;
            continue;
        }
        let case = Case::read(case)?;
        let [ours, theirs] = [by_the_device(&case), by_webpki(&case)];
        judged += 1;
        beyond += usize::from(ours.is_ok() && theirs.is_err());
        device.count(&case, ours);
        webpki.count(&case, theirs);
    }
    println!(
        "| {judged} cases | agree | accepted against the suite | refused against the suite |\n|---|--:|--:|--:|"
    );
    for (name, tally) in [("device", &device), ("rustls-webpki with ring", &webpki)] {
        println!("| {name} | {} | {} | {} |", tally.agree, tally.accepted.len(), tally.refused.len());
    }
    println!("\nleft out: {left_out:?}\nthe device accepts {beyond} chains that rustls-webpki refuses");
    println!("\nthe device refuses against the suite:\n{}", device.refused.join("\n"));
    println!("\nthe device accepts against the suite:\n{}", device.accepted.join("\n"));
    Ok(ExitCode::from(u8::from(beyond > 0)))
}

/// Returns why a case is left out.
fn inapplicable(case: &Value) -> Option<&'static str> {
    let features = case["features"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let needed = features.into_iter().find_map(|feature| NOT_OFFERED.into_iter().find(|it| *it == feature));
    if case["validation_kind"] != "SERVER" {
        Some("a client's certificate")
    } else if case["expected_peer_name"]["kind"] != "DNS" {
        Some("not a host name")
    } else {
        needed
    }
}

impl<'a> Case<'a> {
    fn read(case: &'a Value) -> Result<Self, Box<dyn Error>> {
        let certificate = |text: &Value| -> Result<CertificateDer<'static>, Box<dyn Error>> {
            Ok(CertificateDer::from_pem_slice(text.as_str().unwrap_or_default().as_bytes())?)
        };
        let list =
            |key: &str| case[key].as_array().into_iter().flatten().map(certificate).collect::<Result<_, _>>();
        let time = match case["validation_time"].as_str() {
            Some(text) => OffsetDateTime::parse(text, &Rfc3339)?,
            None => OffsetDateTime::now_utc(),
        };
        Ok(Self {
            id: case["id"].as_str().unwrap_or_default(),
            name: case["expected_peer_name"]["value"].as_str().unwrap_or_default(),
            leaf: certificate(&case["peer_certificate"])?,
            intermediates: list("untrusted_intermediates")?,
            roots: list("trusted_certs")?,
            time: UnixTime::since_unix_epoch(core::time::Duration::from_secs(
                time.unix_timestamp().try_into()?,
            )),
            valid: case["expected_result"] == "SUCCESS",
        })
    }

    fn anchors(&self) -> Result<Vec<TrustAnchor<'_>>, String> {
        let anchors = self.roots.iter().map(webpki::anchor_from_trusted_cert).collect::<Result<_, _>>();
        anchors.map_err(|error| format!("trust anchor: {error:?}"))
    }
}

fn by_the_device(case: &Case<'_>) -> Result<(), String> {
    let anchors = case.anchors()?;
    let expected = Expected::new(case.name, &anchors).map_err(|error| error.to_string())?;
    let intermediates: Vec<&[u8]> = case.intermediates.iter().map(AsRef::as_ref).collect();
    verify_chain(&case.leaf, &intermediates, &expected.at(case.time.as_secs()))
        .map_err(|error| format!("{error:?}"))
}

fn by_webpki(case: &Case<'_>) -> Result<(), String> {
    let anchors = case.anchors()?;
    let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
    let judge = || -> Result<(), webpki::Error> {
        let leaf = EndEntityCert::try_from(&case.leaf)?;
        leaf.verify_for_usage(
            algorithms,
            &anchors,
            &case.intermediates,
            case.time,
            KeyUsage::server_auth(),
            None,
            None,
        )?;
        let name = ServerName::try_from(case.name).map_err(|_| webpki::Error::MalformedDnsIdentifier)?;
        leaf.verify_is_valid_for_subject_name(&name)
    };
    judge().map_err(|error| format!("{error:?}"))
}
