//! A minimal client for checking the peers' answers: blocking rustls and a simple HTTP/1.1 reader that trusts every length.

extern crate alloc;

use alloc::sync::Arc;
use core::error::Error;
use core::time::Duration;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use genesys_token_interop::{OauthServer, Proxy};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

type Result<T> = core::result::Result<T, Box<dyn Error>>;

/// The read timeout: longer than any answer takes.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A response; `json` is null if the body is not JSON.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) json: Value,
    headers: Vec<(String, String)>,
}

impl Reply {
    /// Returns the first header with this lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

/// A kept-alive connection to the TLS terminator.
pub(crate) struct Connection {
    stream: BufReader<StreamOwned<ClientConnection, TcpStream>>,
}

impl Connection {
    pub(crate) fn direct(server: &OauthServer) -> Result<Self> {
        Self::with(server, &tls_config(server)?)
    }

    /// Connects with a configuration that keeps TLS sessions.
    pub(crate) fn with(server: &OauthServer, config: &Arc<ClientConfig>) -> Result<Self> {
        Self::over(tcp(server.https_port())?, "localhost", config)
    }

    /// Connects through a proxy, or returns the status of its refusal.
    pub(crate) fn through(
        proxy: &Proxy,
        server: &OauthServer,
        host: &str,
        authorization: Option<&str>,
    ) -> Result<core::result::Result<Self, u16>> {
        let mut tcp = tcp(proxy.port())?;
        let target = format!("{host}:{}", server.https_port());
        let authorization =
            authorization.map_or(String::new(), |value| format!("Proxy-Authorization: {value}\r\n"));
        tcp.write_all(
            format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n").as_bytes(),
        )?;
        // The server sends nothing before the client does: this reader cannot consume bytes of the tunnel.
        let (status, _) = read_head(&mut BufReader::new(&tcp))?;
        if status != 200 {
            return Ok(Err(status));
        }
        Ok(Ok(Self::over(tcp, host, &tls_config(server)?)?))
    }

    fn over(tcp: TcpStream, host: &str, config: &Arc<ClientConfig>) -> Result<Self> {
        let name = ServerName::try_from(host.to_owned())?;
        let tls = ClientConnection::new(Arc::clone(config), name)?;
        Ok(Self { stream: BufReader::new(StreamOwned::new(tls, tcp)) })
    }

    pub(crate) fn get(&mut self, path: &str, authorization: &str) -> Result<Reply> {
        self.exchange(&format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n\r\n"
        ))
    }

    pub(crate) fn post(&mut self, path: &str, authorization: Option<&str>, body: &str) -> Result<Reply> {
        let authorization =
            authorization.map_or(String::new(), |value| format!("Authorization: {value}\r\n"));
        self.exchange(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len(),
        ))
    }

    /// Sends the body in two chunks.
    pub(crate) fn post_chunked(&mut self, path: &str, authorization: &str, body: &str) -> Result<Reply> {
        let (first, second) = body.split_at(body.len() / 2);
        self.exchange(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n\
             {:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
            first.len(),
            second.len(),
        ))
    }

    fn exchange(&mut self, request: &str) -> Result<Reply> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (status, headers) = read_head(&mut self.stream)?;
        let mut reply = Reply { status, headers, json: Value::Null };
        let body = if reply.header("transfer-encoding") == Some("chunked") {
            read_chunks(&mut self.stream)?
        } else {
            let length = reply.header("content-length").ok_or("neither a length nor chunks")?.parse()?;
            read_exactly(&mut self.stream, length)?
        };
        reply.json = serde_json::from_slice(&body).unwrap_or_default();
        Ok(reply)
    }
}

/// Trusts the server's root and nothing else.
pub(crate) fn tls_config(server: &OauthServer) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.root_pem().as_bytes())?)?;
    Ok(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}

/// RFC 7617, without the form-encoding of RFC 6749 section 2.3.1.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

fn tcp(port: u16) -> Result<TcpStream> {
    let tcp = TcpStream::connect(("127.0.0.1", port))?;
    tcp.set_read_timeout(Some(READ_TIMEOUT))?;
    Ok(tcp)
}

fn read_head(stream: &mut impl BufRead) -> Result<(u16, Vec<(String, String)>)> {
    let status = read_line(stream)?.split(' ').nth(1).ok_or("no status")?.parse()?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        let Some((name, value)) = line.split_once(':') else {
            return Ok((status, headers));
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn read_chunks(stream: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(&read_line(stream)?, 16)?;
        body.extend(read_exactly(stream, length)?);
        read_line(stream)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

fn read_exactly(stream: &mut impl Read, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
