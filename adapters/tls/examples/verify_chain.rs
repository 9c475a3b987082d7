//! Checks whether a device would accept a certificate chain.
//!
//! ```text
//! cargo run -p genesys-token-tls --example verify_chain -- chain.pem anchors.pem login.example.com 1790000000
//! ```
//!
//! The chain begins with the server's own certificate; the trust anchors are CA certificates; the time is in seconds since 1970.
//! Prints `accepted`, or `refused` and the reason. Exit status: 0 accepted, 1 refused, 2 the arguments are invalid.

// Standard output is this program's interface.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use genesys_token_tls::{ChainError, Expected, verify_chain};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

fn main() -> ExitCode {
    let arguments: Vec<_> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    match judge(&arguments) {
        Ok(Ok(())) => {
            println!("accepted");
            ExitCode::SUCCESS
        }
        Ok(Err(error)) => {
            println!("refused ({error:?}): {error}");
            ExitCode::from(1)
        }
        Err(problem) => {
            eprintln!("{problem}\nusage: verify_chain CHAIN.pem ANCHORS.pem HOST UNIX_TIME");
            ExitCode::from(2)
        }
    }
}

/// Returns the result of the verification, or an error in the arguments.
fn judge(arguments: &[String]) -> Result<Result<(), ChainError>, String> {
    let [chain, anchors, host, time] = arguments else { return Err("four arguments are needed".into()) };
    let chain = certificates(chain)?;
    let anchors = certificates(anchors)?;
    let anchors = anchors
        .iter()
        .map(webpki::anchor_from_trusted_cert)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("a trust anchor cannot be read: {error:?}"))?;
    let time = time.parse().map_err(|_| format!("{time:?} is not a number of seconds since 1970"))?;
    let expected = Expected::new(host, &anchors).map_err(|error| error.to_string())?.at(time);
    let Some((leaf, intermediates)) = chain.split_first() else { return Ok(Err(ChainError::NoCertificate)) };
    let intermediates: Vec<&[u8]> = intermediates.iter().map(AsRef::as_ref).collect();
    Ok(verify_chain(leaf, &intermediates, &expected))
}

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| format!("{path}: the certificates cannot be read: {error}"))?;
    if found.is_empty() { Err(format!("{path}: the file contains no certificate")) } else { Ok(found) }
}
