//! What a host negotiates with this machine's TLS. No certificate is trusted and no data is sent: the client aborts the handshake as soon
//! as it has received the certificates.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use genesys_token_tokio::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use genesys_token_tokio::rustls::crypto::{CryptoProvider, ring};
use genesys_token_tokio::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use genesys_token_tokio::rustls::{
    CipherSuite, ClientConfig, ClientConnection, DigitallySignedStruct, Error, NamedGroup, SignatureScheme,
};

use super::socket;
use super::target::Target;

/// The capabilities that the client offers: signature schemes, and with them the device's cipher suites and groups; `None` for all of
/// this machine's.
pub(super) struct Capabilities {
    schemes: Option<&'static [SignatureScheme]>,
}

/// Those of `genesys-token-tls` with its default features.
pub(super) const DEVICE: Capabilities = Capabilities {
    schemes: Some(&[
        SignatureScheme::ECDSA_NISTP256_SHA256,
        SignatureScheme::RSA_PSS_SHA256,
        SignatureScheme::RSA_PSS_SHA384,
        SignatureScheme::RSA_PKCS1_SHA256,
        SignatureScheme::RSA_PKCS1_SHA384,
    ]),
};

/// All of this machine's TLS.
const ALL: Capabilities = Capabilities { schemes: None };

/// What the host negotiates with a client of all capabilities.
#[derive(Debug)]
pub(super) struct Offer {
    /// Version, cipher suite and group: `TLS 1.2, …`.
    pub(super) parameters: String,
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

/// Returns the certificates that the host sends to such a client; `None` if they have nothing in common.
pub(super) fn certificates(
    target: &Target<'_>,
    deadline: Instant,
    capabilities: &Capabilities,
) -> Option<Vec<CertificateDer<'static>>> {
    handshake(target, deadline, capabilities)
        .map(|(_, certificates)| certificates)
        .filter(|all| !all.is_empty())
}

/// Returns what the host negotiates with a client of all capabilities; `None` if there is no handshake.
pub(super) fn offer(target: &Target<'_>, deadline: Instant) -> Option<Offer> {
    let (connection, certificates) = handshake(target, deadline, &ALL)?;
    let mut parameters = vec![connection.protocol_version().map(|version| match version.as_str() {
        Some("TLSv1_2") => "TLS 1.2".to_owned(),
        Some("TLSv1_3") => "TLS 1.3".to_owned(),
        other => other.unwrap_or("an unknown version").to_owned(),
    })?];
    parameters.extend(connection.negotiated_cipher_suite().map(|suite| name(suite.suite())));
    parameters.extend(
        connection
            .negotiated_key_exchange_group()
            .map(|group| format!("key exchange on {}", group_name(group.name()))),
    );
    Some(Offer { parameters: parameters.join(", "), certificates })
}

fn name(suite: CipherSuite) -> String {
    suite.as_str().unwrap_or("an unknown suite").replace("TLS13_", "TLS_")
}

fn group_name(group: NamedGroup) -> &'static str {
    match group {
        NamedGroup::secp256r1 => "P-256 (secp256r1)",
        NamedGroup::secp384r1 => "P-384 (secp384r1)",
        NamedGroup::X25519 => "X25519",
        other => other.as_str().unwrap_or("an unknown group"),
    }
}

/// Performs a handshake up to the certificates.
fn handshake(
    target: &Target<'_>,
    deadline: Instant,
    capabilities: &Capabilities,
) -> Option<(ClientConnection, Vec<CertificateDer<'static>>)> {
    let mut provider = ring::default_provider();
    if capabilities.schemes.is_some() {
        provider.cipher_suites = vec![
            ring::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
            ring::cipher_suite::TLS13_AES_128_GCM_SHA256,
        ];
        provider.kx_groups = vec![ring::kx_group::X25519, ring::kx_group::SECP256R1];
    }
    let schemes = match capabilities.schemes {
        Some(schemes) => schemes.to_vec(),
        None => provider.signature_verification_algorithms.supported_schemes(),
    };
    let recorder = Arc::new(Recorder { schemes, seen: Mutex::default() });
    let config = config(provider, Arc::clone(&recorder))?;
    let name = ServerName::try_from(target.host.to_owned()).ok()?;
    let mut connection = ClientConnection::new(Arc::new(config), name).ok()?;
    let mut stream = socket::open(target, deadline).ok()?;
    loop {
        let left = deadline.checked_duration_since(Instant::now())?;
        stream.set_read_timeout(Some(left)).and_then(|()| stream.set_write_timeout(Some(left))).ok()?;
        // It ends when the recorder refuses the certificates, or the host the handshake.
        if connection.complete_io(&mut stream).is_err() || !connection.is_handshaking() {
            break;
        }
    }
    let certificates = std::mem::take(&mut *recorder.seen.lock().unwrap_or_else(PoisonError::into_inner));
    Some((connection, certificates))
}

fn config(provider: CryptoProvider, recorder: Arc<Recorder>) -> Option<ClientConfig> {
    let builder =
        ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions();
    Some(builder.ok()?.dangerous().with_custom_certificate_verifier(recorder).with_no_client_auth())
}

/// Records certificates and accepts none: no handshake is ever completed with it.
#[derive(Debug)]
struct Recorder {
    schemes: Vec<SignatureScheme>,
    seen: Mutex<Vec<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(end_entity).chain(intermediates);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) =
            all.map(|certificate| certificate.clone().into_owned()).collect();
        Err(Error::General("seen".into()))
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("seen".into()))
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("seen".into()))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}
