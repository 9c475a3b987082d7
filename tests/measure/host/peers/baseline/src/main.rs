//! The baseline: the cost of one access token when everything above TLS is written by hand for this one exchange.
//!
//! tokio on the current thread, rustls with ring and without TLS 1.2, one trust anchor, one POST over HTTP/1.1 whose response
//! must have a Content-Length. It is not suitable for use: it has no deadline, no chunked bodies, and no advice in errors.

use std::{env, fs, net::ToSocketAddrs as _, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    version::TLS13,
};
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

type Failure = Box<dyn std::error::Error>;

#[derive(Deserialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u64,
}

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let body = runtime.block_on(exchange())?;
    let token: TokenResponse<'_> = serde_json::from_slice(&body)?;
    if !token.token_type.eq_ignore_ascii_case("bearer") || token.expires_in == 0 {
        return Err("the response holds no usable bearer token".into());
    }
    println!("{}", token.access_token);
    Ok(())
}

async fn exchange() -> Result<Vec<u8>, Failure> {
    let url = env::var("TOKEN_URL")?;
    let (authority, path) = url
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('/'))
        .ok_or("TOKEN_URL must be https://host:port/path")?;
    let (host, port) = authority.split_once(':').ok_or("TOKEN_URL must name a port")?;

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&fs::read(env::var("ROOT_PEM")?)?)?)?;
    let config = ClientConfig::builder_with_protocol_versions(&[&TLS13])
        .with_root_certificates(roots)
        .with_no_client_auth();

    // No other task runs, so the name is looked up on this thread; tokio would start one for it.
    let addresses: Vec<_> = (host, port.parse::<u16>()?).to_socket_addrs()?.collect();
    let stream = TcpStream::connect(addresses.as_slice()).await?;
    stream.set_nodelay(true)?;
    let server = ServerName::try_from(host.to_owned())?;
    let mut stream = TlsConnector::from(Arc::new(config)).connect(server, stream).await?;

    let credentials =
        BASE64_STANDARD.encode(format!("{}:{}", env::var("CLIENT_ID")?, env::var("CLIENT_SECRET")?));
    let body = "grant_type=client_credentials";
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Basic {credentials}\r\n\
         Accept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;

    let mut received = Vec::with_capacity(4096);
    loop {
        if let Some(whole) = complete_body(&received)? {
            return Ok(received[whole].to_vec());
        }
        if stream.read_buf(&mut received).await? == 0 {
            return Err("the connection ended within the response".into());
        }
    }
}

/// Returns where the body begins, after all of it has been received.
fn complete_body(received: &[u8]) -> Result<Option<std::ops::Range<usize>>, Failure> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let mut lines = std::str::from_utf8(&received[..end])?.split("\r\n");
    let status = lines.next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 200") {
        return Err(format!("refused: {status}").into());
    }
    let length: usize = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .ok_or("the response has no Content-Length")?
        .1
        .trim()
        .parse()?;
    let start = end + 4;
    Ok((received.len() >= start + length).then_some(start..start + length))
}
