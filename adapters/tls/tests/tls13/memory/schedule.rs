//! The key schedule of RFC 8446 section 7.1, from the messages and the shared secret, written a second time: it yields the secrets that
//! neither the server logs nor the primitives are called with.

use genesys_token_tls::tls13::CipherSuite;
use sha2::{Digest, Sha256};

const HANDSHAKE: u8 = 22;
const NEW_SESSION_TICKET: u8 = 4;

/// The messages of a connection. The hash is SHA-256.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    pub(crate) suite: Option<CipherSuite>,
    /// All bytes that were sent and received.
    pub(crate) sent_bytes: Vec<u8>,
    pub(crate) received_bytes: Vec<u8>,
    /// The pre-shared key of the ticket that the connection was resumed with.
    pub(crate) psk: Option<Vec<u8>>,
    protected: Vec<u8>,
    finished: bool,
    tickets: Vec<Vec<u8>>,
}

impl Schedule {
    /// Notes the content of a sent record.
    pub(crate) fn sent(&mut self, text: &[u8]) {
        if let Some((&HANDSHAKE, content)) = text.split_last()
            && !self.finished
        {
            self.protected.extend_from_slice(content);
            self.finished = true;
        }
    }

    /// Notes the content of a received record.
    pub(crate) fn received(&mut self, text: &[u8]) {
        let length = text.iter().rposition(|byte| *byte != 0).unwrap_or_default();
        if text[length] != HANDSHAKE {
            return;
        }
        if !self.finished {
            self.protected.extend_from_slice(&text[..length]);
            return;
        }
        let mut messages = &text[..length];
        while let [kind, 0, high, low, rest @ ..] = messages {
            let (body, rest) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
            if *kind == NEW_SESSION_TICKET {
                // Behind lifetime and age_add.
                self.tickets.push(body[9..9 + usize::from(body[8])].to_vec());
            }
            messages = rest;
        }
    }

    /// Returns the secrets that are known by now.
    pub(crate) fn derive(&self, shared: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
        let none = Sha256::digest([]);
        let early = hmac(&[0; 32], self.psk.as_deref().unwrap_or(&[0; 32]));
        let handshake = hmac(&expand(&early, b"derived", &none), shared);
        let master = hmac(&expand(&handshake, b"derived", &none), &[0; 32]);
        let mut secrets = vec![("handshake secret", handshake), ("master secret", master.clone())];
        if self.finished {
            let hellos = [&self.sent_bytes, &self.received_bytes].map(|bytes| first_record(bytes));
            let all = Sha256::digest([hellos[0], hellos[1], &self.protected].concat());
            let resumption = expand(&master, b"res master", &all);
            let tickets = self
                .tickets
                .iter()
                .map(|nonce| ("key of a ticket", expand(&resumption, b"resumption", nonce)));
            secrets.extend(tickets);
            secrets.push(("resumption master secret", resumption));
        }
        secrets
    }
}

/// Returns the content of the first record: a `ClientHello` or `ServerHello`.
fn first_record(bytes: &[u8]) -> &[u8] {
    let length = usize::from(u16::from_be_bytes([bytes[3], bytes[4]]));
    &bytes[5..5 + length]
}

/// HKDF-Expand-Label with one block of output.
fn expand(secret: &[u8], label: &[u8], context: &[u8]) -> Vec<u8> {
    let byte = |length: usize| [u8::try_from(length).unwrap()];
    let label = [b"tls13 ", label].concat();
    let info = [&[0, 32], &byte(label.len())[..], &label, &byte(context.len()), context, &[1]].concat();
    hmac(secret, &info)
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let block = |pad: u8| (0..64).map(|index| key.get(index).unwrap_or(&0) ^ pad).collect::<Vec<_>>();
    let inner = Sha256::digest([&block(0x36)[..], text].concat());
    Sha256::digest([&block(0x5c)[..], &inner].concat()).to_vec()
}
