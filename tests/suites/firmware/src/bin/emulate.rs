//! Runs an emulated board with its log on the terminal, until it exits or is interrupted: `cargo run --release` in
//! `firmware/qemu-mps2-an386` or `firmware/qemu-virt`.
//!
//! It uses the sandbox named in the environment (the lines that `cargo run -p genesys-token-sandbox` prints), or else starts one, and
//! calls the Platform API every five seconds.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use firmware::{Board, Image, Line, Network, Settings, address};
use genesys_token_sandbox::Sandbox;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// Effectively no limit.
const UNLIMITED: Duration = Duration::from_hours(24 * 365);

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    // Kept while the board runs.
    let mut own = None;
    let (settings, network) = if let Ok(login) = std::env::var("GENESYS_LOGIN_URL") {
        from_environment(&login)?
    } else {
        println!("GENESYS_LOGIN_URL is not set: starting a sandbox");
        let sandbox = own.insert(Sandbox::builder().start_blocking()?);
        (Settings::of(sandbox), Network::to(sandbox)?)
    };
    let settings = settings.with("every", 5).without("calls").without("failures");
    let exit = Board::start_with(&network, &settings, show).wait_at_most(UNLIMITED);
    eprint!("{}", exit.errors);
    Ok(exit.code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn show(line: &Line) {
    println!("{line}");
    for function in Image::emulated().functions(&line.text) {
        println!("    {function}");
    }
}

/// Returns settings and network for the sandbox named in the environment.
fn from_environment(login: &str) -> Result<(Settings, Network), Box<dyn Error>> {
    let variable = |name: &str| std::env::var(name).map_err(|error| format!("{name}: {error}"));
    let root = CertificateDer::from_pem_file(variable("GENESYS_CA_FILE")?)?;
    let (id, secret) = (variable("GENESYS_CLIENT_ID")?, variable("GENESYS_CLIENT_SECRET")?);
    let api = variable("GENESYS_API_URL")?;
    let network = Network::between(address(login)?, address(&api)?)?;
    Ok((Settings::trusting(&root, &id, &secret), network))
}
