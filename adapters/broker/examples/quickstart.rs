//! A broker in front of a sandbox of the service, to try it out: the program prints the command that asks it for a token.
//!
//! The socket is in the directory that is given as argument, or in `/tmp`. The user who starts it is the only consumer.
#![allow(
    clippy::std_instead_of_core,
    clippy::print_stdout,
    reason = "a program for hosts that talks to its user"
)]

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
    let socket = directory.join("genesys-token-broker.socket");
    let files = tempfile::tempdir()?;
    let (config, secret, ca) =
        (files.path().join("config.toml"), files.path().join("secret"), files.path().join("ca.pem"));
    let sandbox = Sandbox::builder().start_blocking()?;
    sandbox.write_root_pem(&ca)?;
    fs::write(&secret, DEMO_CLIENT_SECRET)?;
    let text = format!(
        "[listen.unix]\npath = \"{}\"\n\n[clients.sandbox]\nlogin_url = \"{}\"\napi_url = \"{}\"\n\
         client_id = \"{DEMO_CLIENT_ID}\"\nclient_secret_file = \"{}\"\nca_file = \"{}\"\n\n\
         [consumers.me]\nusers = [\"{}\"]\n",
        socket.display(),
        sandbox.login_url(),
        sandbox.api_url(),
        secret.display(),
        ca.display(),
        nix::unistd::geteuid(),
    );
    fs::write(&config, &text)?;
    println!("{text}\ncurl --unix-socket {} http://broker/token", socket.display());
    genesys_token_broker::run(&config)?;
    Ok(())
}
