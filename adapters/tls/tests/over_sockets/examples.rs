//! The examples say what they are documented to say, by exit status too.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

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
    process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    process.wait_with_output().unwrap()
}

fn file(pki: &Pki, name: &str) -> String {
    pki.path(&format!("{name}.pem")).to_str().unwrap().to_owned()
}

#[test]
fn verify_chain_says_accepted_or_why_not() {
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
    ] {
        let output = example("verify_chain", arguments, "");
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.starts_with(beginning), "{arguments:?}: {text}");
        assert_eq!(output.stderr.is_empty(), status != 2, "{arguments:?}");
    }
}

fn right(peer: &mut Peer) {
    peer.establish();
    peer.application_data(b"pong");
    peer.close_notify();
}

fn cut(peer: &mut Peer) {
    peer.establish();
    peer.application_data(b"pong");
}

#[test]
fn connect_prints_the_answer_and_tells_refused_from_failed() {
    let pki = hostile::pki();
    let root = file(&pki, "root");
    let key = fs::read_to_string(pki.path("leaf.key")).unwrap();
    let identity = Identity { chain: vec![pki.der("leaf").to_vec()], key, rsa_key: None };
    for (script, name, time, status, answer, records) in [
        (right as fn(&mut Peer), "device.test", None, 0, "pong", 2),
        (right, "other.test", None, 1, "", 0),
        (right, "device.test", Some("1000"), 1, "", 0),
        (right, "device.test", Some("none"), 1, "", 0),
        (cut, "device.test", None, 2, "pong", 2),
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
        // Finished and request (after the server ended the connection, nothing more); or nothing.
        assert_eq!(thread.join().unwrap().records, records, "{arguments:?}");
    }
}
