//! A small raw client over blocking rustls, so that tests check bytes and not what an HTTP library accepts.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use genesys_token_sandbox::Sandbox;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion, version,
};

/// A client that keeps TLS sessions across connections.
pub(crate) struct Client {
    config: Arc<ClientConfig>,
}

/// One connection; reads time out after 10 seconds.
pub(crate) struct Wire {
    stream: Box<dyn ReadWrite>,
    socket: TcpStream,
    unread: Vec<u8>,
}

pub(crate) trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn trusting_sandbox(sandbox: &Sandbox) -> Self {
        Self::with_versions(sandbox, &[&version::TLS13, &version::TLS12])
    }

    pub(crate) fn with_versions(sandbox: &Sandbox, versions: &[&'static SupportedProtocolVersion]) -> Self {
        Self::trusting(CertificateDer::from(sandbox.root_der()), versions)
    }

    pub(crate) fn trusting(
        root: CertificateDer<'static>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(root).unwrap();
        let mut config = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { config: config.into() }
    }

    /// Opens a connection and completes the handshake.
    pub(crate) fn connect(&self, address: SocketAddr, name: &str) -> io::Result<Wire> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let session = ClientConnection::new(Arc::clone(&self.config), name).unwrap();
        let mut stream = StreamOwned::new(session, tcp(address)?);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        let socket = stream.sock.try_clone()?;
        Ok(Wire { stream: Box::new(stream), socket, unread: Vec::new() })
    }

    /// Sends one request over a new connection to `localhost`.
    pub(crate) fn ask(&self, address: SocketAddr, request: &str) -> Answer {
        self.connect(address, "localhost").unwrap().ask(request)
    }
}

fn tcp(address: SocketAddr) -> io::Result<TcpStream> {
    let tcp = TcpStream::connect(address)?;
    tcp.set_read_timeout(Some(Duration::from_secs(10)))?;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

impl Wire {
    /// Opens a connection without TLS.
    pub(crate) fn clear_text(address: SocketAddr) -> Self {
        let socket = tcp(address).unwrap();
        Self { socket: socket.try_clone().unwrap(), stream: Box::new(socket), unread: Vec::new() }
    }

    /// Sets the read timeout.
    pub(crate) fn with_read_timeout(self, time: Duration) -> Self {
        self.socket.set_read_timeout(Some(time)).unwrap();
        self
    }

    pub(crate) fn send(&mut self, request: &str) {
        self.stream.write_all(request.as_bytes()).unwrap();
        self.stream.flush().unwrap();
    }

    /// Sends a request and reads one answer with Content-Length.
    pub(crate) fn ask(&mut self, request: &str) -> Answer {
        self.send(request);
        self.answer(request.starts_with("HEAD "))
    }

    fn answer(&mut self, bodiless: bool) -> Answer {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.more();
        };
        let head = String::from_utf8(self.unread.drain(..end).collect()).unwrap();
        let length = header(&head, "content-length").map_or(0, |value| value.parse().unwrap());
        let length = if bodiless { 0 } else { length };
        while self.unread.len() < length {
            self.more();
        }
        let body = self.unread.drain(..length).collect();
        Answer { status: head[9..12].parse().unwrap(), head, body }
    }

    fn more(&mut self) {
        let mut piece = [0; 4096];
        let length = self.stream.read(&mut piece).unwrap();
        assert_ne!(length, 0, "the connection was closed within an answer: {:?}", self.unread);
        self.unread.extend_from_slice(&piece[..length]);
    }

    /// Reads to the end of the stream; returns the bytes and the result.
    pub(crate) fn rest(&mut self) -> (Vec<u8>, io::Result<()>) {
        let mut bytes = core::mem::take(&mut self.unread);
        let result = self.stream.read_to_end(&mut bytes).map(drop);
        (bytes, result)
    }
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        core::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn field(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().into()
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, v)| v)
}

/// Returns a token request with Basic client authentication.
pub(crate) fn token_request(id: &str, secret: &str, form: &str) -> String {
    let basic = STANDARD.encode(format!("{id}:{secret}"));
    post_form(&format!("Authorization: Basic {basic}\r\n"), form)
}

/// Returns a token request with additional header lines.
pub(crate) fn post_form(headers: &str, form: &str) -> String {
    format!(
        "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\n{headers}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

/// Returns a Platform API request without a body.
pub(crate) fn api_request(method: &str, target: &str, token: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n")
}
