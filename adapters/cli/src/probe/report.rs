//! The finding in words, as JSON, and as an exit code.

use std::fmt::Write as _;

use serde_json::json;

use super::chain::Chain;
use super::device::{Connection, PARAMETERS};
use super::{Finding, LARGEST};
use crate::exit::{Exit, Problem};

/// Some lines for each host.
pub(super) fn text(findings: &[Finding], receive_buffer: usize) -> String {
    let mut out = String::new();
    for finding in findings {
        let could = match (&finding.device, finding.fits(receive_buffer)) {
            (Err(_), _) => "a device could not talk to it",
            (Ok(_), true) => "a device could talk to it",
            (Ok(_), false) => "a device could talk to it only with a larger receive buffer",
        };
        // Writing into a `String` does not fail.
        let _ = writeln!(out, "{}: {could}", finding.host);
        match &finding.device {
            Ok(connection) => connected(&mut out, connection, receive_buffer),
            Err(refused) => {
                let _ = writeln!(out, "  why      {refused}");
                if let Some(offer) = &finding.offer {
                    let _ = writeln!(out, "  it takes {}", offer.words);
                    let _ = writeln!(out, "  devices  {PARAMETERS}");
                }
            }
        }
        if let Some(chain) = &finding.chain {
            certificates(&mut out, chain);
        }
    }
    out
}

fn connected(out: &mut String, connection: &Connection, receive_buffer: usize) {
    let Connection { handshake_records, handshake_largest, answer_largest, status } = connection;
    let _ = writeln!(out, "  tls      {PARAMETERS}");
    let _ = writeln!(
        out,
        "  records  {handshake_records} in the handshake, the largest of {handshake_largest} bytes; in the answer up to \
         {answer_largest} bytes"
    );
    let largest = connection.largest();
    let _ = if largest <= receive_buffer {
        writeln!(out, "  buffer   {largest} of {receive_buffer} bytes are needed for the receive buffer")
    } else {
        writeln!(
            out,
            "  buffer   {largest} bytes are needed: give the workspace a receive buffer of as many, {LARGEST} suit any host"
        )
    };
    let _ = writeln!(out, "  answer   status {status} to a request without a token");
}

fn certificates(out: &mut String, chain: &Chain) {
    for (index, shown) in chain.certificates.iter().enumerate() {
        let head = if index == 0 { "chain" } else { "" };
        let certificate = &shown.certificate;
        let _ = write!(
            out,
            "  {head:<8} {}, {}, issued by {}, ",
            certificate.subject, certificate.key, certificate.issuer
        );
        let _ = match shown.days_left {
            ended @ ..0 => writeln!(out, "ended {} days ago", -ended),
            left => writeln!(out, "{left} days left"),
        };
    }
    let _ = match &chain.anchor {
        Ok(anchor) => writeln!(out, "  anchor   {anchor}"),
        Err(reason) => writeln!(out, "  anchor   none: {reason}"),
    };
}

/// One object.
pub(super) fn json(findings: &[Finding], receive_buffer: usize) -> String {
    let hosts: Vec<_> = findings.iter().map(|finding| object(finding, receive_buffer)).collect();
    let all = findings.iter().all(|finding| finding.fits(receive_buffer));
    let mut text = json!({"device_could": all, "receive_buffer": receive_buffer, "hosts": hosts}).to_string();
    text.push('\n');
    text
}

fn object(finding: &Finding, receive_buffer: usize) -> serde_json::Value {
    let mut object = json!({"host": finding.host, "device_could": finding.fits(receive_buffer)});
    match &finding.device {
        Ok(connection) => {
            object["tls"] = json!({
                "version": "TLS 1.3",
                "cipher_suite": "TLS_AES_128_GCM_SHA256",
                "group": "secp256r1",
            });
            object["records"] = json!({
                "handshake": connection.handshake_records,
                "handshake_largest": connection.handshake_largest,
                "answer_largest": connection.answer_largest,
            });
            object["status"] = connection.status.into();
        }
        Err(refused) => {
            object["error"] = refused.to_string().into();
            object["offer"] = finding.offer.as_ref().map(|offer| offer.words.clone()).into();
        }
    }
    if let Some(chain) = &finding.chain {
        let shown = chain.certificates.iter().map(|shown| {
            let certificate = &shown.certificate;
            json!({
                "subject": certificate.subject,
                "issuer": certificate.issuer,
                "key": certificate.key,
                "not_before": certificate.not_before,
                "not_after": certificate.not_after,
                "days_left": shown.days_left,
            })
        });
        object["chain"] = shown.collect();
        object["anchor"] = chain.anchor.as_ref().ok().cloned().into();
        object["chain_error"] = chain.anchor.as_ref().err().map(ToString::to_string).into();
        object["days_left"] = chain.days_left().into();
    }
    object
}

/// The problem to end with, unless devices could talk to all.
pub(super) fn verdict(findings: &[Finding], receive_buffer: usize) -> Result<(), Problem> {
    let others: Vec<&str> = findings
        .iter()
        .filter(|finding| !finding.fits(receive_buffer))
        .map(|finding| finding.host.as_str())
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    let message =
        format!("a device could not talk to {}: see above why, and what to do", others.join(" and "));
    Err(Problem::new(Exit::NotForDevices, message))
}
