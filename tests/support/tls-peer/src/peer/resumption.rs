//! Session tickets (RFC 8446 section 4.6.1).

use super::traffic::{derive, expand, verify_data};
use super::{HANDSHAKE, Peer, message};

/// The nonce of every ticket.
const NONCE: &[u8] = &[0];
/// In seconds.
const LIFETIME: u32 = 7200;

impl Peer {
    /// Sends a ticket of this many bytes after a correct handshake, and returns the key that belongs to it. The client's Finished need
    /// not have arrived, and it sent no certificate.
    pub fn ticket(&mut self, length: usize) -> [u8; 32] {
        let finished = message(20, &verify_data(&self.client_secret, &self.transcript));
        let resumption = derive(&self.master(), "res master", &[&self.transcript[..], &finished].concat());
        let mut psk = [0; 32];
        expand(&resumption, "resumption", NONCE, &mut psk);
        let ticket = vec![b't'; length];
        let [nonce_length, high, low] =
            [u8::try_from(NONCE.len()).unwrap(), u8::try_from(length >> 8).unwrap(), length.to_le_bytes()[0]];
        let body = [
            &LIFETIME.to_be_bytes()[..],
            &[0; 4],
            &[nonce_length],
            NONCE,
            &[high, low],
            &ticket,
            // No extensions.
            &[0, 0],
        ];
        let record = self.protect(&[&message(4, &body.concat())[..], &[HANDSHAKE]].concat());
        self.raw(&record);
        psk
    }

    /// Resumes a connection by a ticket with this key, whatever ticket the client offers. Call it before [`Peer::hello`].
    pub fn resume(&mut self, psk: [u8; 32]) {
        self.psk = Some(psk);
    }
}
