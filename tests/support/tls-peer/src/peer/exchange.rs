//! The server's key exchange.

use std::sync::Mutex;

use p256::ecdh::diffie_hellman;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::{PublicKey, SecretKey};
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};

/// The server's private key of every key exchange: the same script sends the same bytes.
const EPHEMERAL: [u8; 32] = [7; 32];

/// The number of X25519; any other is taken for P-256.
const X25519: [u8; 2] = [0, 29];

/// A key exchange: the client's share, the server's share, and the shared secret.
#[derive(Clone)]
pub(super) struct Exchange {
    client_share: Vec<u8>,
    pub(super) server_share: Vec<u8>,
    pub(super) shared: Vec<u8>,
}

/// Computes a key exchange, or returns the last one if the share is the same: a fuzzer's client always has the same share.
pub(super) fn exchange(group: [u8; 2], client_share: &[u8]) -> Exchange {
    static LAST: Mutex<Option<Exchange>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap();
    match &*last {
        Some(last) if last.client_share == client_share => last.clone(),
        _ => {
            let (server_share, shared) = compute(group, client_share);
            last.insert(Exchange { client_share: client_share.to_vec(), server_share, shared }).clone()
        }
    }
}

fn compute(group: [u8; 2], client_share: &[u8]) -> (Vec<u8>, Vec<u8>) {
    if group == X25519 {
        let theirs = client_share.try_into().unwrap();
        return (x25519(EPHEMERAL, X25519_BASEPOINT_BYTES).to_vec(), x25519(EPHEMERAL, theirs).to_vec());
    }
    let secret = SecretKey::from_slice(&EPHEMERAL).unwrap();
    let server_share = secret.public_key().to_encoded_point(false).as_bytes().to_vec();
    let public = PublicKey::from_sec1_bytes(client_share).unwrap();
    let shared = diffie_hellman(secret.to_nonzero_scalar(), public.as_affine());
    (server_share, shared.raw_secret_bytes().to_vec())
}
