//! Compares the sandbox with nginx: requests per second of CPU time, each on one core over TLS 1.3 with kept-alive connections.
//!
//! nginx serves a static file with the body that the sandbox computes. CPU time of the server is measured, not elapsed time, so that
//! the result does not depend on the load generator or on other processes. Exit status 1 if the sandbox reaches less than half.
//!
//! `cargo run --release -p genesys-token-interop --example sandbox_speed`

#![allow(clippy::print_stdout, reason = "the output of a program")]
#![allow(clippy::std_instead_of_alloc, reason = "runs on hosts only, where std is available")]

use core::error::Error;
use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use genesys_token_interop::{StaticServer, cpu_time_of_thread};
use genesys_token_sandbox::{Builder, Client, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox, TlsVersions};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

type Failure = Box<dyn Error + Send + Sync>;

const CONNECTIONS: u32 = 16;
/// Per connection.
const REQUESTS: u32 = 2_500;
/// The lowest accepted ratio of the sandbox to nginx.
const LEAST: f64 = 0.5;

fn main() -> Result<(), Failure> {
    let sandbox = start(Sandbox::builder())?;
    let token = token(&sandbox)?;
    let call = format!(
        "GET /api/v2/organizations/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    let body = exchange(&mut connect(sandbox.api_addr().port(), &config(&sandbox.root_pem())?)?, &call)?;

    let nginx = StaticServer::start(&body)?;
    let of_nginx = measure(nginx.https_port(), nginx.root_pem(), &call, || Ok(nginx.cpu_time()?))?;
    let of_sandbox = measure(sandbox.api_addr().port(), &sandbox.root_pem(), &call, || {
        Ok(cpu_time_of_thread("sandbox")?)
    })?;
    let ratio = of_sandbox / of_nginx;
    println!("body of {} B, {CONNECTIONS} connections, {} requests", body.len(), CONNECTIONS * REQUESTS);
    println!("nginx, static file:       {of_nginx:>8.0} requests per second of CPU time");
    println!(
        "sandbox, Platform API:    {of_sandbox:>8.0} requests per second of CPU time, {ratio:.2} times nginx"
    );
    if ratio < LEAST {
        return Err(format!("the sandbox must reach at least {LEAST} times nginx").into());
    }
    Ok(())
}

/// As the program does with `--quiet`.
fn start(builder: Builder) -> Result<Sandbox, Failure> {
    Ok(builder.client(Client::demo()).tls_versions(TlsVersions::Only13).without_record().start_blocking()?)
}

fn token(sandbox: &Sandbox) -> Result<String, Failure> {
    let form = format!(
        "grant_type=client_credentials&client_id={DEMO_CLIENT_ID}&client_secret={DEMO_CLIENT_SECRET}"
    );
    let request = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut connection = connect(sandbox.login_addr().port(), &config(&sandbox.root_pem())?)?;
    let body = exchange(&mut connection, &request)?;
    let json: serde_json::Value = serde_json::from_str(&body)?;
    Ok(json["access_token"].as_str().ok_or("no access token")?.to_owned())
}

/// Returns the requests per second of the server's CPU time, after a warm-up.
fn measure(
    port: u16,
    root_pem: &str,
    request: &str,
    cpu_time: impl Fn() -> Result<Duration, Failure>,
) -> Result<f64, Failure> {
    let config = config(root_pem)?;
    load(port, &config, request, REQUESTS / 10)?;
    let before = cpu_time()?;
    load(port, &config, request, REQUESTS)?;
    let used = cpu_time()?.saturating_sub(before);
    Ok(f64::from(CONNECTIONS * REQUESTS) / used.as_secs_f64())
}

fn load(port: u16, config: &Arc<ClientConfig>, request: &str, requests: u32) -> Result<(), Failure> {
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(move || -> Result<(), Failure> {
                    let mut connection = connect(port, config)?;
                    for _ in 0..requests {
                        exchange(&mut connection, request)?;
                    }
                    Ok(())
                })
            })
            .collect();
        clients.into_iter().try_for_each(|client| client.join().map_err(|_| "a client panicked")?)
    })
}

type Connection = StreamOwned<ClientConnection, TcpStream>;

fn config(root_pem: &str) -> Result<Arc<ClientConfig>, Failure> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root_pem.as_bytes())?)?;
    let provider = rustls::crypto::ring::default_provider().into();
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth().into())
}

fn connect(port: u16, config: &Arc<ClientConfig>) -> Result<Connection, Failure> {
    let tcp = TcpStream::connect(("127.0.0.1", port))?;
    tcp.set_nodelay(true)?;
    let tls = ClientConnection::new(Arc::clone(config), ServerName::try_from("localhost")?)?;
    Ok(StreamOwned::new(tls, tcp))
}

/// Sends one request and returns the body of its response, which must have status 200 and a Content-Length.
fn exchange(connection: &mut Connection, request: &str) -> Result<String, Failure> {
    connection.write_all(request.as_bytes())?;
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let length = connection.read(&mut piece)?;
        if length == 0 {
            return Err("the server closed the connection".into());
        }
        bytes.extend_from_slice(&piece[..length]);
        let text = core::str::from_utf8(&bytes)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        if !head.starts_with("HTTP/1.1 200 ") {
            return Err(format!("unexpected response: {head}").into());
        }
        let field = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        if body.len() == field.ok_or("no Content-Length")?.parse::<usize>()? {
            return Ok(body.to_owned());
        }
    }
}
