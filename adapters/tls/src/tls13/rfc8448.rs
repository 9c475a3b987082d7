//! The traces of RFC 8448: secrets, keys, Finished messages and binders, computed from the messages.

use super::client_hello::binders_length;
use super::hash::{Secret, Transcript, empty};
use super::key_schedule::{Label, TrafficKeys, derive, early_secret, next_secret, ticket_key, verify_data};
use super::messages::encrypted_extensions;
use super::primitives::{NONCE, Primitives, Software};
use super::server_hello::{self, ServerHello};
use super::suite::{CipherSuite, HashAlgorithm, NamedGroup};
use crate::copy::copy;

const TRACES: &str = include_str!("../../tests/data/rfc8448.txt");
const HASH: HashAlgorithm = HashAlgorithm::Sha256;
const SUITE: CipherSuite = CipherSuite::Aes128GcmSha256;

/// Returns the bytes with this name.
fn trace<'b>(name: &str, buffer: &'b mut [u8; 512]) -> &'b [u8] {
    let line = TRACES.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let line = line.expect(name).as_bytes();
    for (byte, digits) in buffer.iter_mut().zip(line.chunks_exact(2)) {
        let digits = core::str::from_utf8(digits).expect("ASCII");
        *byte = u8::from_str_radix(digits, 16).expect(name);
    }
    &buffer[..line.len() / 2]
}

fn secret(name: &str) -> Secret {
    let mut secret = empty();
    copy(trace(name, &mut [0; 512]), &mut secret[..]);
    secret
}

fn transcript(names: &[&str]) -> Transcript {
    let mut transcript = Transcript::new();
    for name in names {
        transcript.add(trace(name, &mut [0; 512]));
    }
    transcript
}

#[track_caller]
fn assert_finished(secret: &Secret, before: &[&str], finished: &str) {
    let data = verify_data(HASH, secret, &transcript(before).digest(HASH));
    assert_eq!(data[..32], trace(finished, &mut [0; 512])[4..]);
}

/// The keys are compared by what they encrypt.
#[track_caller]
fn assert_keys(traffic: &Secret, key: &str, iv: &str) {
    let mut keys = TrafficKeys::<Software>::none();
    keys.set(SUITE, traffic);
    assert_eq!(keys.next_nonce(), secret(iv)[..NONCE]);
    let expected = Software::key(SUITE, &secret(key)[..SUITE.key_length()]);
    let [derived, expected] = [keys.key(), expected.as_ref()].map(|key| {
        let mut text = *b"sixteen and more";
        let tag = Software::seal(key.expect("there is one"), &[0; NONCE], &[], &mut text).expect("a tag");
        (text, tag)
    });
    assert_eq!(derived, expected);
}

/// Section 3, "Simple 1-RTT Handshake".
#[test]
fn a_simple_handshake() {
    let mut shared = [0; 32];
    let private = secret("client_private_3");
    let private = private.first_chunk().expect("32 bytes");
    let mut share = [0; NamedGroup::MAX_SHARE];
    assert_eq!(Software::key_share(NamedGroup::X25519, private, &mut share), Some(32));
    assert_eq!(share[..32], secret("client_share_3")[..32]);
    let theirs = secret("server_share_3");
    Software::shared_secret(NamedGroup::X25519, private, &theirs[..32], &mut shared).expect("a secret");
    assert_eq!(shared, secret("shared_3")[..32]);

    let hellos = ["client_hello_3", "server_hello_3"];
    let digest = transcript(&hellos).digest(HASH);
    assert_eq!(digest, secret("digest_of_hellos_3"));
    let none = Transcript::new().digest(HASH);
    let early = early_secret(HASH, None);
    assert_eq!(early, secret("early_3"));
    let handshake = next_secret(HASH, &early, &none, Some(&shared));
    assert_eq!(handshake, secret("handshake_3"));
    let client = derive(HASH, &handshake, Label::ClientHandshake, &digest);
    assert_eq!(client, secret("client_handshake_3"));
    let server = derive(HASH, &handshake, Label::ServerHandshake, &digest);
    assert_eq!(server, secret("server_handshake_3"));
    assert_keys(&server, "server_handshake_key_3", "server_handshake_iv_3");

    let messages = ["encrypted_extensions_3", "certificate_3", "certificate_verify_3", "server_finished_3"];
    let [extensions, certificate, verify, finished] = messages;
    let [hello, answer] = hellos;
    assert_finished(&server, &[hello, answer, extensions, certificate, verify], finished);
    let whole = [hello, answer, extensions, certificate, verify, finished];
    assert_finished(&client, &whole, "client_finished_3");

    let master = next_secret(HASH, &handshake, &none, None);
    assert_eq!(master, secret("master_3"));
    let digest = transcript(&whole).digest(HASH);
    let client = derive(HASH, &master, Label::ClientApplication, &digest);
    assert_eq!(client, secret("client_application_3"));
    let server = derive(HASH, &master, Label::ServerApplication, &digest);
    assert_eq!(server, secret("server_application_3"));
    assert_keys(&client, "client_application_key_3", "client_application_iv_3");

    let mut all = transcript(&whole);
    all.add(trace("client_finished_3", &mut [0; 512]));
    let resumption = derive(HASH, &master, Label::ResumptionMaster, &all.digest(HASH));
    assert_eq!(resumption, secret("resumption_master_3"));
    // The ticket's nonce.
    assert_eq!(ticket_key(HASH, &resumption, &[0, 0]), secret("ticket_key_3"));
}

/// Section 4, "Resumed 0-RTT Handshake": the binder.
#[test]
fn a_binder() {
    let psk = secret("ticket_key_3");
    let early = early_secret(HASH, Some(&psk));
    assert_eq!(early, secret("early_4"));
    let key = derive(HASH, &early, Label::ResumptionBinder, &Transcript::new().digest(HASH));
    let mut buffer = [0; 512];
    let hello = trace("client_hello_4", &mut buffer);
    let (covered, binders) = hello.split_at(hello.len() - binders_length(HASH));
    let mut partial = Transcript::new();
    partial.add(covered);
    let binder = verify_data(HASH, &key, &partial.digest(HASH));
    assert_eq!(binder[..32], binders[3..]);
}

/// Section 5, `HelloRetryRequest`.
#[test]
fn a_retry() {
    let mut transcript = transcript(&["client_hello_5"]);
    transcript.retry();
    for name in ["hello_retry_request_5", "second_client_hello_5", "server_hello_5"] {
        transcript.add(trace(name, &mut [0; 512]));
    }
    let digest = transcript.digest(HASH);
    assert_eq!(digest, secret("digest_of_hellos_5"));
    let none = Transcript::new().digest(HASH);
    let handshake = next_secret(HASH, &early_secret(HASH, None), &none, Some(&secret("shared_5")[..32]));
    assert_eq!(handshake, secret("handshake_5"));
    let client = derive(HASH, &handshake, Label::ClientHandshake, &digest);
    assert_eq!(client, secret("client_handshake_5"));
    let server = derive(HASH, &handshake, Label::ServerHandshake, &digest);
    assert_eq!(server, secret("server_handshake_5"));
}

#[test]
fn its_messages_are_read() {
    let mut buffer = [0; 512];
    match server_hello::parse(&trace("server_hello_3", &mut buffer)[4..], &[], CipherSuite::ALL, false) {
        Ok(ServerHello::Chosen { suite: SUITE, group: NamedGroup::X25519, share, resumed: false }) => {
            assert_eq!(share, &secret("server_share_3")[..32]);
        }
        other => panic!("{other:?}"),
    }
    match server_hello::parse(&trace("hello_retry_request_5", &mut buffer)[4..], &[], CipherSuite::ALL, false)
    {
        Ok(ServerHello::Retry { suite: SUITE, group: Some(NamedGroup::P256), cookie: Some(cookie) }) => {
            assert_eq!(cookie.len(), 0x72);
        }
        other => panic!("{other:?}"),
    }
    // It contains groups and a record size limit.
    assert_eq!(encrypted_extensions(&trace("encrypted_extensions_3", &mut buffer)[4..]), Ok(0x4001));
}
