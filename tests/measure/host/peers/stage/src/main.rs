//! The server of the measurement. It sends every client the same certificate chain and the same bytes. It is a process of its
//! own, so that its work is not measured.
//!
//! `peer-stage <file>` writes its root certificate (PEM) to the file, prints the token URL as one line and serves until its
//! standard input ends, so that it never outlives the program that started it.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer, version::TLS13};

type Failure = Box<dyn std::error::Error>;

/// 146 bytes with a token of 86 characters, like the service's own.
const BODY: &str = concat!(
    r#"{"access_token":"bench-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789abcdefg","#,
    r#""token_type":"bearer","expires_in":86399}"#
);

fn main() -> Result<(), Failure> {
    let root_file = env::args_os().nth(1).ok_or("usage: peer-stage <file for the root certificate>")?;
    let (root, config) = identity()?;
    fs::write(root_file, root)?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    println!("https://localhost:{}/oauth/token", listener.local_addr()?.port());

    let config = Arc::new(config);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            thread::spawn(move || {
                // A client that ends without close_notify is not an error here.
                if let Err(error) = serve(stream, config) {
                    eprintln!("stage: {error}");
                }
            });
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// Returns a root and a leaf for localhost (ECDSA P-256), as PEM and as a server's configuration.
fn identity() -> Result<(String, ServerConfig), Failure> {
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let root_key = KeyPair::generate()?;
    let root_certificate = root.self_signed(&root_key)?;

    let leaf_key = KeyPair::generate()?;
    let leaf = CertificateParams::new(["localhost".to_owned()])?;
    let leaf_certificate = leaf.signed_by(&leaf_key, &Issuer::new(root, root_key))?;

    let key = PrivateKeyDer::try_from(leaf_key.serialize_der())?;
    let config = ServerConfig::builder_with_protocol_versions(&[&TLS13])
        .with_no_client_auth()
        .with_single_cert(vec![leaf_certificate.der().clone()], key)?;
    Ok((root_certificate.pem(), config))
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    while let Some(length) = request_head(&mut stream)? {
        stream.by_ref().take(length).read_to_end(&mut Vec::new())?;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: {}\r\n\r\n",
            BODY.len()
        );
        stream.get_mut().write_all((head + BODY).as_bytes())?;
    }
    Ok(())
}

/// Reads one head; returns the length of the body after it, or `None` if the client has closed the connection.
fn request_head(stream: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        let read = stream.read_line(&mut line);
        if matches!(&read, Ok(0))
            || read.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::UnexpectedEof)
        {
            return Ok(None);
        }
        read?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok()
            }
            Some(_) => {}
            None if line.trim_end().is_empty() => return Ok(Some(length.unwrap_or(0))),
            None => {}
        }
    }
}
