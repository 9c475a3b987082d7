//! rustls as a client with the same settings as the device's, whose random numbers are fixed.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::{ClientConfig, ClientConnection, Resumption};
use rustls::crypto::{
    ActiveKeyExchange, CryptoProvider, GetRandomFailed, SecureRandom, SharedSecret, SupportedKxGroup, ring,
};
use rustls::time_provider::TimeProvider;
use rustls::{Error, NamedGroup, PeerMisbehaved, RootCertStore};
use rustls_pki_types::{ServerName, UnixTime};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::tls_outcome::{End, Outcome};
use crate::tls_script::{NAME, root, time};

/// Returns the record of the `ClientHello`, the same each time.
#[must_use]
pub fn hello() -> Vec<u8> {
    let mut hello = Vec::new();
    client().write_tls(&mut hello).expect("a vector");
    hello
}

/// Returns the outcome of a connection whose server sends these bytes.
#[must_use]
pub fn outcome(mut server: &[u8]) -> Outcome {
    let mut client = client();
    client.write_tls(&mut Vec::new()).expect("a vector");
    let mut outcome = Outcome::default();
    loop {
        let count = client.read_tls(&mut server).expect("bytes");
        let state = client.process_new_packets();
        outcome.connected |= !client.is_handshaking();
        let closed = state.as_ref().is_ok_and(rustls::IoState::peer_has_closed);
        let mut data = Vec::new();
        // Fails where the server has not closed the connection: not an error before the end.
        let _ = client.reader().read_to_end(&mut data);
        outcome.received.append(&mut data);
        if let Err(error) = state {
            outcome.error = Some(error.to_string());
            return outcome;
        }
        if closed {
            outcome.end = End::Closed;
            return outcome;
        }
        if count == 0 {
            return outcome;
        }
    }
}

fn client() -> ClientConnection {
    let provider = CryptoProvider {
        cipher_suites: vec![ring::cipher_suite::TLS13_AES_128_GCM_SHA256],
        kx_groups: vec![&FixedKey],
        secure_random: &FixedRandom,
        ..ring::default_provider()
    };
    let mut roots = RootCertStore::empty();
    roots.add(root()).expect("a certificate");
    let mut config = ClientConfig::builder_with_details(Arc::new(provider), Arc::new(FixedTime))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("a suite of TLS 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    let name = ServerName::try_from(NAME).expect("a host name");
    ClientConnection::new(Arc::new(config), name).expect("a configuration that fits")
}

#[derive(Debug)]
struct FixedTime;

impl TimeProvider for FixedTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(time())))
    }
}

#[derive(Debug)]
struct FixedRandom;

impl SecureRandom for FixedRandom {
    fn fill(&self, buf: &mut [u8]) -> Result<(), GetRandomFailed> {
        buf.fill(9);
        Ok(())
    }
}

/// X25519 with one private key.
#[derive(Debug)]
struct FixedKey;

impl SupportedKxGroup for FixedKey {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let private = StaticSecret::from([9; 32]);
        let public = PublicKey::from(&private).to_bytes();
        Ok(Box::new(Exchange { private, public }))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

struct Exchange {
    private: StaticSecret,
    public: [u8; 32],
}

impl ActiveKeyExchange for Exchange {
    fn complete(self: Box<Self>, peer_pub_key: &[u8]) -> Result<SharedSecret, Error> {
        let share: [u8; 32] =
            peer_pub_key.try_into().map_err(|_| Error::from(PeerMisbehaved::InvalidKeyShare))?;
        Ok(SharedSecret::from(&self.private.diffie_hellman(&PublicKey::from(share)).to_bytes()[..]))
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}
