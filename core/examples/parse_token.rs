//! Reads one response body of the token endpoint on standard input and prints what is in it.
//!
//! The HTTP status may be given as argument; it is 200 otherwise. Fields are printed one per line as `name=value`.
//! Exit status: 0 for a token, 1 for a refusal, 2 for anything else. This prints secrets: it is a tool for bodies at hand,
//! not for pipelines that keep their output.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use genesys_token_core::wire::{ExchangeError, Refusal, ResponseHead, TokenResponse, parse_token_response};

fn main() -> ExitCode {
    match run() {
        Ok(status) => status,
        Err(reason) => {
            let _ = writeln!(io::stderr(), "parse_token: {reason}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode, String> {
    let head = ResponseHead::new(status_argument()?);
    let mut body = Vec::new();
    io::stdin().read_to_end(&mut body).map_err(|error| format!("standard input: {error}"))?;
    let mut out = io::stdout().lock();
    let (written, status) = match parse_token_response(&head, &mut body) {
        Ok(response) => (print_token(&mut out, &response), 0),
        Err(ExchangeError::Refused(refusal)) => (print_refusal(&mut out, &refusal), 1),
        Err(error) => (writeln!(out, "{error}"), 2),
    };
    written.and_then(|()| out.flush()).map_err(|error| format!("standard output: {error}"))?;
    Ok(ExitCode::from(status))
}

/// Returns the only argument, a status code of three digits.
fn status_argument() -> Result<u16, String> {
    let usage = "usage: parse_token [status] < body";
    let mut arguments = std::env::args_os().skip(1);
    let Some(argument) = arguments.next() else {
        return Ok(200);
    };
    let status = argument.to_str().and_then(|text| text.parse().ok());
    match status {
        Some(status @ 100..=599) if arguments.next().is_none() => Ok(status),
        _ => Err(usage.to_owned()),
    }
}

fn print_token(out: &mut impl Write, response: &TokenResponse<'_>) -> io::Result<()> {
    writeln!(out, "access_token={}", response.access_token())?;
    writeln!(out, "token_type={}", response.token_type())?;
    if response.has_expires_in() {
        writeln!(out, "expires_in={}", response.expires_in().as_secs())?;
    }
    if let Some(scope) = response.scope() {
        writeln!(out, "scope={scope}")?;
    }
    if let Some(refresh_token) = response.refresh_token() {
        writeln!(out, "refresh_token={refresh_token}")?;
    }
    Ok(())
}

fn print_refusal(out: &mut impl Write, refusal: &Refusal) -> io::Result<()> {
    writeln!(out, "class={:?}", refusal.class())?;
    writeln!(out, "status={}", refusal.status())?;
    writeln!(out, "code={}", refusal.code())?;
    writeln!(out, "description={}", refusal.description())?;
    writeln!(out, "correlation_id={}", refusal.correlation_id())
}
