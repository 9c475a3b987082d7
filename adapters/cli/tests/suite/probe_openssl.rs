//! `probe` against openssl: chains and groups that the sandbox does not have.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::tool::{Run, Tool, file};

#[test]
fn openssl_with_an_rsa_chain_is_a_host_for_devices() {
    let options =
        ["-groups", "P-256", "-max_send_frag", "512", "-split_send_frag", "512", "-num_tickets", "0"];
    let server = OpenSsl::start(&["-newkey", "rsa:2048"], &options);
    let run = server.probe();
    assert_eq!(run.code, 0, "{run:?}");
    for words in [
        "status 204",
        "key exchange on secp256r1 after a HelloRetryRequest",
        "in the handshake with messages split over them",
        "no ticket was accepted",
        "localhost, RSA 2048, issued by Probe Root, ",
        "root CA  Probe Root",
    ] {
        assert!(run.out.contains(words), "{words}: {run:?}");
    }
}

#[test]
fn openssl_with_another_group_or_key_is_distinguished() {
    let groups = OpenSsl::start(&["-newkey", "rsa:2048"], &["-groups", "P-384"]).probe();
    assert_eq!(groups.code, 10, "{groups:?}");
    assert!(groups.out.contains("client and server support no common parameters"), "{groups:?}");
    assert!(groups.out.contains("offered  TLS 1.3") && groups.out.contains("P-384"), "{groups:?}");

    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
    let key = OpenSsl::start(&key, &[]).probe();
    assert_eq!(key.code, 10, "{key:?}");
    assert!(key.out.contains("signature algorithm") && key.out.contains("localhost, P-384"), "{key:?}");
    // The chain is trusted; only its algorithm needs a feature.
    assert!(
        key.out.contains("root CA  none: a certificate's key or signature has an unsupported"),
        "{key:?}"
    );
    assert!(!key.out.contains("untrusted CA"), "{key:?}");
}

/// `openssl s_server` with a certificate for localhost, issued by a root of its own. It answers every connection with status 204.
struct OpenSsl {
    process: Child,
    directory: PathBuf,
    port: u16,
}

impl OpenSsl {
    fn start(key: &[&str], options: &[&str]) -> Self {
        let directory = file("openssl", "").parent().unwrap().to_owned();
        issue(&directory, key);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let mut process = Command::new("openssl")
            .current_dir(&directory)
            .args(["s_server", "-quiet", "-accept", &address, "-cert", "leaf.pem", "-key", "leaf.key"])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is installed");
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(&address).is_err() {
            assert!(process.try_wait().unwrap().is_none() && Instant::now() < deadline, "no server");
            std::thread::sleep(Duration::from_millis(10));
        }
        // It prints what it receives, and sends what it reads.
        let (mut input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n') {
                if line.is_ok_and(|line| line == b"\r") {
                    // Fails if the probe has closed the connection.
                    let _ = input.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
                }
            }
        });
        Self { process, directory, port }
    }

    fn probe(&self) -> Run {
        let host = format!("localhost:{}", self.port);
        Tool::new(&["probe", "--host", "login", "--login-host", &host, "--timeout", "5", "--ca-file"])
            .arg(self.directory.join("root.pem"))
            .run()
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn issue(directory: &Path, key: &[&str]) {
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").current_dir(directory).args(arguments).output();
        let output = output.expect("openssl is installed");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let request = ["req", "-x509", "-nodes", "-days", "2"];
    let root = ["-newkey", "rsa:2048", "-subj", "/CN=Probe Root", "-keyout", "root.key", "-out", "root.pem"];
    openssl(&[&request[..], &root].concat());
    let leaf = ["-subj", "/CN=localhost", "-keyout", "leaf.key", "-out", "leaf.pem"];
    let extensions = [
        "-CA",
        "root.pem",
        "-CAkey",
        "root.key",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ];
    openssl(&[&request[..], key, &leaf, &extensions].concat());
}
