//! Third-party servers, each for one connection.

use core::net::SocketAddr;
use core::time::Duration;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use rustls::crypto::{CryptoProvider, ring};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, ServerConnection, SignatureAlgorithm, SignatureScheme};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;

use super::cases::{Case, Setting};
use super::server_kind::Kind;
use crate::client::REQUEST;
use tls_peer::address;
use tls_peer::pki::Pki;

/// The end of the response to a request.
pub(crate) const ANSWER: &str = "pong\n";

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    running: Running,
}

enum Running {
    /// The thread returns how many bytes the process printed, which are those it received.
    OpenSsl(Child, JoinHandle<usize>),
    /// The access log.
    Nginx(Child, PathBuf),
    /// The thread returns how many bytes it received.
    Rustls(JoinHandle<usize>),
}

impl Server {
    pub(crate) fn start(pki: &Pki, kind: Kind, case: &Case) -> Self {
        match kind {
            Kind::OpenSsl => open_ssl(pki, case),
            Kind::Nginx => nginx(pki, case),
            Kind::Rustls => rustls(pki, case),
        }
    }

    /// Stops the server and returns how many bytes of requests it received.
    pub(crate) fn stop(self) -> usize {
        match self.running {
            Running::OpenSsl(mut process, output) => {
                end(&mut process);
                output.join().unwrap()
            }
            Running::Nginx(mut process, log) => {
                // A request is logged after its response was sent.
                end(&mut process);
                fs::read_to_string(log).unwrap().len()
            }
            Running::Rustls(thread) => thread.join().unwrap(),
        }
    }
}

/// Terminates a process gracefully, so that its output is complete.
fn end(process: &mut Child) {
    let id = process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    process.wait().unwrap();
}

fn wait_for(address: SocketAddr, process: &mut Child) {
    let deadline = Instant::now() + Duration::from_secs(300);
    while TcpStream::connect(address).is_err() {
        let status = process.try_wait().unwrap();
        assert!(status.is_none(), "the server ended before it listened: {status:?}");
        assert!(Instant::now() < deadline, "the server does not listen");
        thread::sleep(Duration::from_millis(10));
    }
}

fn open_ssl(pki: &Pki, case: &Case) -> Server {
    let address = address::own();
    let leaf = pki.path(&format!("{}.pem", case.chain[0]));
    let key = pki.path(&format!("{}.key", case.key));
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-accept", &address.to_string(), "-cipher", "DEFAULT@SECLEVEL=0"]);
    command.arg("-cert").arg(leaf).arg("-key").arg(key);
    if let [_, intermediates @ ..] = case.chain
        && !intermediates.is_empty()
    {
        command.arg("-cert_chain").arg(pki.chain_file("intermediates.pem", intermediates));
    }
    match case.setting {
        Setting::Plain => {}
        Setting::RequestsClientCertificate => drop(command.args(["-verify", "1"])),
        Setting::PrefersX25519 => drop(command.args(["-groups", "X25519:P-256", "-serverpref"])),
        Setting::RefusesP256 => drop(command.args(["-groups", "X25519"])),
        Setting::Tls12 => drop(command.arg("-tls1_2")),
        Setting::SignsWith(scheme) => drop(command.args(["-sigalgs", scheme])),
        Setting::HelloRetryRequest => drop(command.arg("-stateless")),
    }
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is installed");
    let (mut input, mut output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
    let printed = thread::spawn(move || {
        let mut seen = Vec::new();
        let mut buffer = [0; 512];
        loop {
            match output.read(&mut buffer) {
                Ok(0) => return seen.len(),
                Ok(count) => seen.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("{error}"),
            }
            if seen.ends_with(REQUEST) {
                input.write_all(ANSWER.as_bytes()).unwrap();
            }
        }
    });
    wait_for(address, &mut process);
    Server { address, running: Running::OpenSsl(process, printed) }
}

fn nginx(pki: &Pki, case: &Case) -> Server {
    let address = address::own();
    let chain = pki.chain_file("nginx.pem", case.chain);
    let key = pki.path(&format!("{}.key", case.key));
    let directory = pki.path("nginx");
    fs::create_dir_all(&directory).unwrap();
    let log = directory.join("access.log");
    fs::write(&log, "").unwrap();
    let setting = match case.setting {
        Setting::Plain | Setting::HelloRetryRequest => "",
        Setting::SignsWith(scheme) => &format!("ssl_conf_command SignatureAlgorithms {scheme};"),
        Setting::RequestsClientCertificate => "ssl_verify_client optional_no_ca;",
        Setting::PrefersX25519 => "ssl_ecdh_curve X25519:prime256v1;",
        Setting::RefusesP256 => "ssl_ecdh_curve X25519;",
        Setting::Tls12 => "ssl_protocols TLSv1.2;",
    };
    let protocols = if case.setting == Setting::Tls12 { "" } else { "ssl_protocols TLSv1.2 TLSv1.3;" };
    let place = directory.display();
    let configuration = format!(
        "daemon off; master_process off; pid {place}/pid; error_log {place}/error.log;\n\
         events {{}}\n\
         http {{\n\
         access_log {log};\n\
         client_body_temp_path {place}/a; proxy_temp_path {place}/b; fastcgi_temp_path {place}/c;\n\
         uwsgi_temp_path {place}/d; scgi_temp_path {place}/e;\n\
         server {{\n\
         listen {address} ssl; ssl_certificate {chain}; ssl_certificate_key {key};\n\
         ssl_ciphers DEFAULT@SECLEVEL=0; {protocols} {setting}\n\
         location / {{ return 200 \"pong\\n\"; }}\n\
         }}\n\
         }}\n",
        log = log.display(),
        chain = chain.display(),
        key = key.display(),
    );
    let file = directory.join("nginx.conf");
    fs::write(&file, configuration).unwrap();
    let mut process = Command::new("nginx")
        .arg("-p")
        .arg(&directory)
        .arg("-c")
        .arg(&file)
        .stderr(Stdio::null())
        .spawn()
        .expect("nginx is installed");
    wait_for(address, &mut process);
    Server { address, running: Running::Nginx(process, log) }
}

fn rustls(pki: &Pki, case: &Case) -> Server {
    let mut provider: CryptoProvider = ring::default_provider();
    if case.setting == Setting::RefusesP256 {
        provider.kx_groups = vec![ring::kx_group::X25519];
    }
    let versions: &[_] =
        if case.setting == Setting::Tls12 { &[&rustls::version::TLS12] } else { rustls::DEFAULT_VERSIONS };
    let provider = Arc::new(provider);
    let key = PrivateKeyDer::from_pem_file(pki.path(&format!("{}.key", case.key))).unwrap();
    let mut key = provider.key_provider.load_private_key(key).unwrap();
    if let Setting::SignsWith(scheme) = case.setting {
        key = Arc::new(OnlyWith(key, scheme));
    }
    let chain = case.chain.iter().map(|name| pki.der(name)).collect();
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions).unwrap();
    let builder = if case.setting == Setting::RequestsClientCertificate {
        let mut roots = RootCertStore::empty();
        roots.add(pki.der("root")).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key))));
    let address = address::own();
    let listener = TcpListener::bind(address).unwrap();
    let thread = thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        tcp.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
        serve(ServerConnection::new(Arc::new(config)).unwrap(), tcp)
    });
    Server { address, running: Running::Rustls(thread) }
}

/// A key that signs with one scheme only.
#[derive(Debug)]
struct OnlyWith(Arc<dyn SigningKey>, &'static str);

impl SigningKey for OnlyWith {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let scheme = match self.1 {
            "rsa_pss_rsae_sha256" => SignatureScheme::RSA_PSS_SHA256,
            "rsa_pss_rsae_sha384" => SignatureScheme::RSA_PSS_SHA384,
            "rsa_pss_rsae_sha512" => SignatureScheme::RSA_PSS_SHA512,
            other => panic!("unknown scheme {other}"),
        };
        offered.contains(&scheme).then(|| self.0.choose_scheme(&[scheme])).flatten()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }
}

/// Answers one request; returns how many bytes of it arrived.
fn serve(connection: ServerConnection, tcp: TcpStream) -> usize {
    let mut stream = rustls::StreamOwned::new(connection, tcp);
    let mut seen = Vec::new();
    let mut buffer = [0; 512];
    while !seen.ends_with(REQUEST) {
        match stream.read(&mut buffer) {
            // The client refused: end, reset, or an alert.
            Ok(0) | Err(_) => return seen.len(),
            Ok(count) => seen.extend_from_slice(&buffer[..count]),
        }
    }
    stream.write_all(ANSWER.as_bytes()).unwrap();
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    // Until the client closes too, so that the connection is not reset.
    while matches!(stream.read(&mut buffer), Ok(count) if count > 0) {}
    seen.len()
}
