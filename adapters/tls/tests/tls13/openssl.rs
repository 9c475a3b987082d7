//! openssl `s_server` with its options.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use embedded_io_async::{Read, Write as _};
use futures_lite::future::block_on;
use genesys_token_tls::tls13::{NamedGroup, Parameters};
use genesys_token_tls::{Expected, TlsEngine, TlsSession};
use p256::elliptic_curve::rand_core::OsRng;
use tls_peer::address;
use tls_peer::pki::{self, Pki};

use crate::client::{connect, now};
use crate::device::{Buffers, Engine};
use crate::rustls_server;

struct Server {
    address: SocketAddr,
    process: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Server {
    fn start(pki: &Pki, options: &[&str]) -> Self {
        let address = address::own();
        let mut process = Command::new("openssl")
            .args(["s_server", "-accept", &address.to_string(), "-cert"])
            .arg(pki.path("leaf.pem"))
            .arg("-key")
            .arg(pki.path("leaf.key"))
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is installed");
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let server = Self { address, process, input, lines };
        server.wait_for("ACCEPT");
        server
    }

    /// Waits for a line that contains this.
    fn wait_for(&self, text: &str) {
        while !self.lines.recv_timeout(Duration::from_secs(60)).expect("the server prints it").contains(text)
        {
        }
    }

    fn type_in(&mut self, text: &str) {
        self.input.write_all(text.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Connects, and for each command, once it is typed: sends "ping" and reads the server's "pong". Returns what the two agreed on.
fn exchange(
    pki: &Pki,
    server: &mut Server,
    engine: &mut Engine,
    workspace: &mut Buffers,
    commands: &[&str],
) -> Parameters {
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(now());
    block_on(async {
        let mut session = engine.connect(connect(server.address), workspace, &expected).await.unwrap();
        for command in commands {
            // The server executes typed commands before it reads from the client: when it prints the ping, it has executed the
            // command.
            server.type_in(command);
            session.write_all(b"ping\n").await.unwrap();
            session.flush().await.unwrap();
            server.wait_for("ping");
            server.type_in("pong\n");
            let mut line = [0; 5];
            session.read_exact(&mut line).await.unwrap();
            assert_eq!(&line, b"pong\n", "{command}");
        }
        session.close().await.unwrap();
        session.parameters().unwrap()
    })
}

fn play(name: &str, options: &[&str], commands: &[&str], connections: usize) -> Vec<Parameters> {
    play_with(Engine::new(OsRng), name, options, commands, connections)
}

fn play_with(
    mut engine: Engine,
    name: &str,
    options: &[&str],
    commands: &[&str],
    connections: usize,
) -> Vec<Parameters> {
    let pki = rustls_server::pki(name);
    let mut server = Server::start(&pki, options);
    let mut workspace = Buffers::new();
    (0..connections).map(|_| exchange(&pki, &mut server, &mut engine, &mut workspace, commands)).collect()
}

#[test]
fn with_default_settings_the_second_connection_is_resumed() {
    let both = play("openssl-plain", &[], &[""], 2);
    assert_eq!(both.iter().map(|it| it.resumed).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn hello_retry_request_for_another_group() {
    for parameters in play("openssl-retry", &["-groups", "P-256"], &[""], 2) {
        assert_eq!((parameters.group, parameters.retried), (NamedGroup::P256, true));
    }
}

/// With middlebox compatibility this command ends connections, those of `openssl s_client` as well.
fn for_stateless() -> Engine {
    Engine::new(OsRng).without_middlebox_compatibility()
}

#[test]
fn hello_retry_request_with_a_cookie() {
    assert!(play_with(for_stateless(), "openssl-cookie", &["-stateless"], &[""], 1)[0].retried);
}

#[test]
fn hello_retry_request_with_a_cookie_for_another_group() {
    for parameters in
        play_with(for_stateless(), "openssl-both", &["-stateless", "-groups", "P-256"], &[""], 2)
    {
        assert_eq!((parameters.group, parameters.retried), (NamedGroup::P256, true));
    }
}

/// `k` renews the server's keys, `K` also requests new keys of the client.
#[test]
fn key_updates() {
    play("openssl-keys", &[], &["k\n", "K\n", "", "K\n", "k\n", ""], 1);
}

#[test]
fn messages_split_over_small_records() {
    // The smallest size that OpenSSL supports.
    play("openssl-fragments", &["-max_send_frag", "512", "-split_send_frag", "512"], &["", ""], 2);
}

#[test]
fn records_padded_to_a_multiple() {
    play("openssl-padding", &["-record_padding", "512"], &["", ""], 1);
}

#[test]
fn a_client_certificate_is_asked_for() {
    play("openssl-client", &["-verify", "1"], &[""], 2);
}
