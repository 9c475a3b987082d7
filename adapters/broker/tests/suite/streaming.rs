//! Forwarded bodies: passed on as they arrive, in both directions, and held back when the receiver does not read.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use genesys_token_interop::issue_certificate;
use genesys_token_sandbox::Sandbox;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};

use crate::broker::{Broker, PROGRAM, consumer_of_this_user};

/// More than the kernel's buffers between the two ends hold: with Linux's defaults at most 6 MiB received and 4 MiB sent for TCP.
const LARGE: usize = 32 * 1024 * 1024;

/// What may be on the way when the receiver reads nothing.
const HELD_MAX: usize = LARGE * 3 / 4;

/// What the broker's memory may grow by meanwhile, in KiB: it keeps no more than a few buffers.
const GROWTH_MAX_KIB: u64 = 8 * 1024;

/// Without progress for this long, a writer counts as held back. One that is only slow counts as well, which makes no test fail.
const STALL: Duration = Duration::from_secs(1);

/// Longer than anything takes on a loaded machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The Platform API, played by the test: it decides when a byte is sent and read.
struct Upstream(StreamOwned<ServerConnection, TcpStream>);

impl Read for Upstream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

/// Writes only: rustls's own stream also waits for what the peer may send.
impl Write for Upstream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.flush()?;
        self.0.conn.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.0.conn.wants_write() {
            self.0.conn.write_tls(&mut self.0.sock)?;
        }
        Ok(())
    }
}

/// A broker whose Platform API is this listener.
fn broker_of(listener: &TcpListener) -> (Broker, Arc<ServerConfig>) {
    let certificates = tempfile::tempdir().unwrap();
    let root = issue_certificate(certificates.path()).unwrap();
    let port = listener.local_addr().unwrap().port();
    let broker = Broker::launch(Sandbox::builder(), "", &consumer_of_this_user(""), |directory| {
        let config = directory.join("config.toml");
        let text = fs::read_to_string(&config).unwrap();
        let lines = text.lines().map(|line| {
            if line.starts_with("api_url") {
                format!("api_url = \"https://localhost:{port}\"")
            } else {
                line.to_owned()
            }
        });
        fs::write(&config, lines.collect::<Vec<_>>().join("\n")).unwrap();
        let ca = directory.join("ca.pem");
        fs::write(&ca, fs::read_to_string(&ca).unwrap() + &root).unwrap();
        let mut command = std::process::Command::new(PROGRAM);
        command.args(["run", "-v", "--config"]).arg(config).env_clear();
        command
    });
    (broker, server_config(certificates.path()))
}

fn server_config(certificates: &Path) -> Arc<ServerConfig> {
    let chain = vec![CertificateDer::from_pem_file(certificates.join("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(certificates.join("server.key")).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap())
}

fn accept(listener: &TcpListener, config: &Arc<ServerConfig>) -> Upstream {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    Upstream(StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream))
}

fn consumer(broker: &Broker) -> UnixStream {
    let stream = UnixStream::connect(broker.socket()).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream
}

/// Reads until what was read ends with these bytes.
fn read_until(stream: &mut impl Read, end: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(end) {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    bytes
}

fn send(stream: &mut impl Write, bytes: &[u8]) {
    stream.write_all(bytes).unwrap();
    stream.flush().unwrap();
}

/// Writes until nothing more is taken, or everything is. Returns how many bytes were taken.
fn write_until_held_back(stream: &mut impl Write) -> usize {
    let piece = [b'x'; 16 * 1024];
    let mut written = 0;
    while written < LARGE {
        match stream.write(&piece[..piece.len().min(LARGE - written)]) {
            Ok(count) => written += count,
            Err(error) => {
                assert!(
                    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
                    "{error}"
                );
                break;
            }
        }
    }
    written
}

fn read_body(stream: &mut impl Read) {
    let mut buffer = vec![0; 64 * 1024];
    let mut left = LARGE;
    while left > 0 {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "{left} bytes of the body are missing");
        assert!(buffer[..count.min(left)].iter().all(|byte| *byte == b'x'));
        left -= count.min(left);
    }
}

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n\r\n";

#[test]
fn each_part_of_a_response_is_passed_on_before_the_next_one_exists() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (broker, config) = broker_of(&listener);
    let mut consumer = consumer(&broker);
    send(&mut consumer, b"GET /api/v2/stream HTTP/1.1\r\nHost: broker\r\n\r\n");
    let mut upstream = accept(&listener, &config);
    read_until(&mut upstream, b"\r\n\r\n");
    send(&mut upstream, format!("HTTP/1.1 200 OK\r\n{CHUNKED}").as_bytes());
    read_until(&mut consumer, b"\r\n\r\n");
    for part in [&b"first\n"[..], b"second\n", b"third\n"] {
        send(&mut upstream, format!("{:x}\r\n", part.len()).as_bytes());
        send(&mut upstream, part);
        send(&mut upstream, b"\r\n");
        read_until(&mut consumer, part);
    }
    send(&mut upstream, b"0\r\n\r\n");
    read_until(&mut consumer, b"0\r\n\r\n");
}

#[test]
fn each_part_of_a_request_is_passed_on_before_the_next_one_exists() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (broker, config) = broker_of(&listener);
    let mut consumer = consumer(&broker);
    send(&mut consumer, format!("POST /api/v2/stream HTTP/1.1\r\nHost: broker\r\n{CHUNKED}").as_bytes());
    let mut upstream = accept(&listener, &config);
    read_until(&mut upstream, b"\r\n\r\n");
    for part in [&b"first\n"[..], b"second\n", b"third\n"] {
        send(&mut consumer, format!("{:x}\r\n", part.len()).as_bytes());
        send(&mut consumer, part);
        send(&mut consumer, b"\r\n");
        read_until(&mut upstream, part);
    }
    // The response may begin before the request has ended.
    send(&mut upstream, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
    read_until(&mut consumer, b"\r\n\r\n");
    send(&mut consumer, b"0\r\n\r\n");
    read_until(&mut upstream, b"0\r\n\r\n");
    send(&mut upstream, b"done");
    read_until(&mut consumer, b"done");
}

#[test]
fn a_response_that_the_consumer_does_not_read_is_held_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (broker, config) = broker_of(&listener);
    let mut consumer = consumer(&broker);
    send(&mut consumer, b"GET /api/v2/large HTTP/1.1\r\nHost: broker\r\n\r\n");
    let mut upstream = accept(&listener, &config);
    read_until(&mut upstream, b"\r\n\r\n");
    let before = broker.resident_kib();
    send(&mut upstream, format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n").as_bytes());
    read_until(&mut consumer, b"\r\n\r\n");
    upstream.0.sock.set_write_timeout(Some(STALL)).unwrap();
    let held = write_until_held_back(&mut upstream);
    assert!(held < HELD_MAX, "{held} bytes were taken although the receiver reads nothing");
    let growth = broker.resident_kib().saturating_sub(before);
    assert!(growth < GROWTH_MAX_KIB, "{growth} KiB for {held} bytes");

    // With a reader everything arrives.
    upstream.0.sock.set_write_timeout(Some(TIMEOUT)).unwrap();
    let rest = std::thread::spawn(move || send(&mut upstream, &vec![b'x'; LARGE - held]));
    read_body(&mut consumer);
    rest.join().unwrap();
}

#[test]
fn a_request_that_the_service_does_not_read_is_held_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (broker, config) = broker_of(&listener);
    let mut consumer = consumer(&broker);
    let request = format!("POST /api/v2/large HTTP/1.1\r\nHost: broker\r\nContent-Length: {LARGE}\r\n\r\n");
    send(&mut consumer, request.as_bytes());
    let mut upstream = accept(&listener, &config);
    read_until(&mut upstream, b"\r\n\r\n");
    let before = broker.resident_kib();
    consumer.set_write_timeout(Some(STALL)).unwrap();
    let held = write_until_held_back(&mut consumer);
    assert!(held < HELD_MAX, "{held} bytes were taken although the receiver reads nothing");
    let growth = broker.resident_kib().saturating_sub(before);
    assert!(growth < GROWTH_MAX_KIB, "{growth} KiB for {held} bytes");

    consumer.set_write_timeout(Some(TIMEOUT)).unwrap();
    let mut writer = consumer.try_clone().unwrap();
    let rest = std::thread::spawn(move || send(&mut writer, &vec![b'x'; LARGE - held]));
    read_body(&mut upstream);
    rest.join().unwrap();
    send(&mut upstream, b"HTTP/1.1 204 No Content\r\n\r\n");
    read_until(&mut consumer, b"\r\n\r\n");
}
