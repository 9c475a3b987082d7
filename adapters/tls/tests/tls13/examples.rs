//! The examples print what is documented and end with the documented exit status.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;

use crate::client::{DAY, now};
use crate::hostile;
use tls_peer::peer::{Identity, Peer, serve};
use tls_peer::pki::Pki;

/// Runs an example with these arguments and this standard input.
fn example(name: &str, arguments: &[&str], input: &str) -> Output {
    let mut process = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "genesys-token-tls", "--example", name, "--"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It is not read if the connection is refused.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    process.wait_with_output().unwrap()
}

fn file(pki: &Pki, name: &str) -> String {
    pki.path(&format!("{name}.pem")).to_str().unwrap().to_owned()
}

#[test]
fn verify_chain_prints_accepted_or_the_reason() {
    let pki = hostile::pki();
    let (leaf, root) = (file(&pki, "leaf"), file(&pki, "root"));
    let time = now().to_string();
    let later = (now() + 365 * DAY).to_string();
    for (arguments, status, beginning) in [
        (&[&leaf[..], &root, "device.test", &time][..], 0, "accepted"),
        (&[&leaf, &root, "other.test", &time], 1, "refused (WrongName)"),
        (&[&leaf, &root, "device.test", &later], 1, "refused (Expired"),
        (&[&leaf, &leaf, "device.test", &time], 1, "refused (UnknownIssuer)"),
        (&[&leaf, &root, "device.test"], 2, ""),
        (&[&leaf, "/nowhere", "device.test", &time], 2, ""),
        (&["Cargo.toml", &root, "device.test", &time], 2, ""),
        (&[&leaf, "Cargo.toml", "device.test", &time], 2, ""),
        (&[&leaf, &root, "127.0.0.1", &time], 2, ""),
        (&[&leaf, &root, "device.test", "soon"], 2, ""),
        (&[&leaf, &root, "device.test", &time, "more"], 2, ""),
    ] {
        let output = example("verify_chain", arguments, "");
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.starts_with(beginning), "{arguments:?}: {text}");
        assert_eq!(output.stderr.is_empty(), status != 2, "{arguments:?}");
    }
}

fn complete(peer: &mut Peer) {
    peer.establish();
    peer.application_data(b"pong");
    peer.close_notify();
}

fn truncated(peer: &mut Peer) {
    peer.establish();
    peer.application_data(b"pong");
}

#[test]
fn connect_prints_the_response_and_distinguishes_refused_from_failed() {
    let pki = hostile::pki();
    let root = file(&pki, "root");
    let key = fs::read_to_string(pki.path("leaf.key")).unwrap();
    let identity = Identity { chain: vec![pki.der("leaf").to_vec()], key, rsa_key: None };
    for (script, name, time, status, answer, records) in [
        (complete as fn(&mut Peer), "device.test", None, 0, "pong", 3),
        (complete, "other.test", None, 1, "", 0),
        (complete, "device.test", Some("1000"), 1, "", 0),
        (complete, "device.test", Some("none"), 1, "", 0),
        (truncated, "device.test", None, 2, "pong", 2),
    ] {
        let (address, thread) = serve(identity.clone(), script);
        let address = address.to_string();
        let mut arguments = vec![&address[..], name, &root];
        arguments.extend(time);
        let output = example("connect", &arguments, "ping");
        let (text, reason) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {reason}");
        assert_eq!(text, answer, "{arguments:?}");
        assert_eq!(reason.is_empty(), status == 0, "{arguments:?}: {reason}");
        // Finished, request, and close_notify in answer to the server's (RFC 8446 section 6.1), or nothing.
        assert_eq!(thread.join().unwrap().records, records, "{arguments:?}");
    }
}

#[test]
fn connect_distinguishes_wrong_arguments_from_faulty_servers() {
    let pki = hostile::pki();
    let root = file(&pki, "root");
    let garbage = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    // Nothing listens there.
    let none = tls_peer::address::own().to_string();
    let [garbage_at, silent_at] = [&garbage, &silent].map(|it| it.local_addr().unwrap().to_string());
    let servers = thread::spawn(move || {
        let (mut first, _) = garbage.accept().unwrap();
        first.write_all(b"220 not TLS\r\n").unwrap();
        // Closing with unread bytes would reset the connection.
        let (mut second, _) = silent.accept().unwrap();
        let mut header = [0; 5];
        second.read_exact(&mut header).unwrap();
        let mut hello = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        second.read_exact(&mut hello).unwrap();
    });
    for (arguments, status, reason) in [
        (&[&garbage_at[..], "device.test", &root][..], 1, "NotTls"),
        (&[&silent_at, "device.test", &root], 1, "Truncated"),
        (&[&none, "device.test", &root], 1, "no connection"),
        (&["127.0.0.1", "device.test", &root], 2, "ADDRESS:PORT"),
        (&["127.0.0.1:99999", "device.test", &root], 2, "ADDRESS:PORT"),
        (&[&none, "127.0.0.1", &root], 2, "host name"),
        (&[&none, "device.test", "/nowhere"], 2, "/nowhere"),
        (&[&none, "device.test", "Cargo.toml"], 2, "no certificate"),
        (&[&none, "device.test", &root, "soon"], 2, "soon"),
        (&[&none, "device.test"], 2, "usage"),
    ] {
        let output = example("connect", arguments, "ping");
        let printed = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {printed}");
        assert!(printed.contains(reason) && output.stdout.is_empty(), "{arguments:?}: {printed}");
    }
    servers.join().unwrap();
}

/// A server that echoes megabytes, over IPv6: both directions carry more than any buffer holds, at the same time.
#[test]
fn connect_transfers_megabytes_in_both_directions() {
    const BYTES: usize = 3_000_000;
    let pki = hostile::pki();
    let key = PrivateKeyDer::from_pem_file(pki.path("leaf.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![pki.der("leaf")], key)
        .unwrap();
    let listener = TcpListener::bind(("::1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), tcp);
        let mut buffer = [0; 8192];
        let mut left = BYTES;
        while left > 0 {
            let count = stream.read(&mut buffer).unwrap();
            assert!(count > 0, "{left} bytes are missing");
            stream.write_all(&buffer[..count]).unwrap();
            left -= count;
        }
        stream.conn.send_close_notify();
        stream.flush().unwrap();
        let _ = stream.read(&mut buffer);
    });
    let sent: String = ('a'..='y').cycle().take(BYTES).collect();
    let output = example("connect", &[&address, "device.test", &file(&pki, "root")], &sent);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout == sent.as_bytes(), "{} bytes came back", output.stdout.len());
    server.join().unwrap();
}
