//! The report as text, as JSON, and as an exit code.

use std::fmt::Write as _;

use serde_json::json;

use super::chain::Chain;
use super::device::{Connection, PARAMETERS, group_name, suite_name};
use super::finding::Finding;
use super::target::LARGEST;
use crate::date;
use crate::exit::{Exit, Problem};

/// Returns some lines for each host.
pub(super) fn text(findings: &[Finding], receive_buffer: usize) -> String {
    let mut out = String::new();
    for finding in findings {
        let result = match (&finding.device, finding.fits(receive_buffer)) {
            (Err(_), _) => "a device could not connect",
            (Ok(_), true) => "a device could connect",
            (Ok(_), false) => "a device could connect only with a larger receive buffer",
        };
        // Writing into a `String` does not fail.
        let _ = writeln!(out, "{}: {result}", finding.host);
        match &finding.device {
            Ok(connection) => connected(&mut out, connection, receive_buffer),
            Err(refused) => {
                let _ = writeln!(out, "  cause    {refused}");
                if let Some(offer) = &finding.offer {
                    let _ = writeln!(out, "  offered  {}", offer.parameters);
                    let _ = writeln!(out, "  device   {PARAMETERS}");
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
    let Connection { parameters, resumes, handshake_records, handshake_largest, answer_largest, status } =
        connection;
    let (suite, group) = (suite_name(parameters.suite), group_name(parameters.group));
    let retried = if parameters.retried { " after a HelloRetryRequest" } else { "" };
    let _ = writeln!(out, "  tls      TLS 1.3, {suite}, key exchange on {group}{retried}");
    let resumed =
        if *resumes { "is resumed by a ticket" } else { "is a full handshake: no ticket was accepted" };
    let _ = writeln!(out, "  again    a second connection {resumed}");
    let split = if parameters.fragmented { " with messages split over them" } else { "" };
    let _ = writeln!(
        out,
        "  records  {handshake_records} in the handshake{split}, the largest has {handshake_largest} bytes; in the response up to \
         {answer_largest} bytes"
    );
    let largest = connection.largest();
    let _ = if largest <= receive_buffer {
        writeln!(out, "  buffer   {largest} of the receive buffer's {receive_buffer} bytes are needed")
    } else {
        writeln!(
            out,
            "  buffer   {largest} bytes are needed; enlarge the workspace's receive buffer, {LARGEST} bytes suffice for any host"
        )
    };
    let _ = writeln!(out, "  response status {status} to a request without a token");
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
            expired @ ..0 => writeln!(out, "expired {} days ago", -expired),
            left => writeln!(out, "{left} days left"),
        };
    }
    let _ = match &chain.anchor {
        Ok(anchor) => writeln!(out, "  root CA  {anchor}"),
        Err(reason) => writeln!(out, "  root CA  none: {reason}"),
    };
}

/// Returns one object.
pub(super) fn json(findings: &[Finding], receive_buffer: usize) -> String {
    let hosts: Vec<_> = findings.iter().map(|finding| object(finding, receive_buffer)).collect();
    let all = findings.iter().all(|finding| finding.fits(receive_buffer));
    let mut text =
        json!({"device_can_connect": all, "receive_buffer": receive_buffer, "hosts": hosts}).to_string();
    text.push('\n');
    text
}

fn object(finding: &Finding, receive_buffer: usize) -> serde_json::Value {
    let mut object = json!({"host": finding.host, "device_can_connect": finding.fits(receive_buffer)});
    match &finding.device {
        Ok(connection) => {
            object["tls"] = json!({
                "version": "TLS 1.3",
                "cipher_suite": suite_name(connection.parameters.suite),
                "group": group_name(connection.parameters.group),
                "hello_retry_request": connection.parameters.retried,
                "messages_split": connection.parameters.fragmented,
                "resumes": connection.resumes,
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
            object["offer"] = finding.offer.as_ref().map(|offer| offer.parameters.clone()).into();
        }
    }
    if let Some(chain) = &finding.chain {
        let shown = chain.certificates.iter().map(|shown| {
            let certificate = &shown.certificate;
            json!({
                "subject": certificate.subject,
                "issuer": certificate.issuer,
                "key": certificate.key,
                "not_before": date::rfc3339(certificate.not_before),
                "not_after": date::rfc3339(certificate.not_after),
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

/// Returns the failure with which to exit, unless a device could connect to all hosts.
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
        format!("a device could not connect to {}; the cause is printed above", others.join(" and "));
    Err(Problem::new(Exit::NotForDevices, message))
}
