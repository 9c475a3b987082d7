//! The tasks.

use defmt::{info, warn};
use embassy_net::Stack;
use embassy_net::dns::DnsQueryType;
use embassy_net::tcp::TcpSocket;
use embassy_time::Instant;
use embedded_io_async::{Read, Write};
use genesys_token_core::settings::{Client, ClientAuth};
use genesys_token_core::wire::{Grant, ResponseHead, TokenRequest, parse_token_response};
use genesys_token_tls::{
    CryptoRngCore, EmbeddedTls, Expected, TlsEngine, TlsSession, TrustAnchor, Workspace, anchors,
};
use rustls_pki_types::CertificateDer;

use crate::settings::{Clock, Settings};

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every call was made.
    Done,
    /// One was not.
    Failed,
}

/// Runs it.
pub async fn run(stack: Stack<'_>, settings: &Settings<'_>, rng: impl CryptoRngCore) -> Outcome {
    stack.wait_config_up().await;
    if let Some(config) = stack.config_v4() {
        info!("network up: {}", config.address);
    }
    match token(stack, settings, rng).await {
        Ok(seconds) => {
            info!("access token for {} s", seconds);
            Outcome::Done
        }
        Err(why) => {
            warn!("{}", why);
            Outcome::Failed
        }
    }
}

async fn token(
    stack: Stack<'_>,
    settings: &Settings<'_>,
    rng: impl CryptoRngCore,
) -> Result<u64, &'static str> {
    let host = settings.endpoint.login_host();
    let addresses = stack.dns_query(host, DnsQueryType::A).await.map_err(|_| "no address")?;
    let address = *addresses.first().ok_or("no address")?;
    let (mut rx, mut tx) = ([0; 4096], [0; 1024]);
    let mut socket = TcpSocket::new(stack, &mut rx, &mut tx);
    socket.connect((address, settings.endpoint.login_port())).await.map_err(|_| "no connection")?;
    info!("connected after {} ms", Instant::now().as_millis());
    let own;
    let own_anchor: [TrustAnchor<'_>; 1];
    let anchors = match settings.trust_anchor {
        Some(der) => {
            own = CertificateDer::from(der);
            own_anchor = [webpki::anchor_from_trusted_cert(&own).map_err(|_| "bad anchor")?];
            &own_anchor[..]
        }
        None => &anchors::SERVICE[..],
    };
    let Clock::Given(time) = settings.clock else { return Err("no time") };
    let expected = Expected::new(host, anchors).map_err(|_| "name")?.at(time);
    let mut engine = EmbeddedTls::<_, 8192, 1024>::new(rng);
    let mut workspace = Workspace::new();
    let mut session = engine.connect(socket, &mut workspace, &expected).await.map_err(|_| "TLS")?;
    info!("TLS after {} ms", Instant::now().as_millis());
    let client = Client::confidential(&settings.client_id, &settings.client_secret, ClientAuth::Basic);
    let request = TokenRequest::new(client, Grant::ClientCredentials).map_err(|_| "config")?;
    let (mut body, mut authorization) = ([0; 256], [0; 512]);
    let authorization =
        request.write_authorization(&mut authorization).map_err(|_| "capacity")?.unwrap_or("");
    let body = request.write_body(&mut body).map_err(|_| "capacity")?;
    for part in [
        b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 29\r\nAuthorization: ",
        authorization.as_bytes(),
        b"\r\n\r\n",
        body,
    ] {
        session.write_all(part).await.map_err(|_| "write")?;
    }
    session.flush().await.map_err(|_| "write")?;
    let mut answer = [0; 2048];
    let mut length = 0;
    loop {
        let count = session.read(&mut answer[length..]).await.map_err(|_| "read")?;
        if count == 0 {
            break;
        }
        length += count;
    }
    session.close().await.map_err(|_| "close")?;
    info!("answer of {} bytes", length);
    let split = answer[..length].windows(4).position(|w| w == b"\r\n\r\n").ok_or("head")?;
    if !answer.starts_with(b"HTTP/1.1 200") {
        return Err("refused");
    }
    let mut head = ResponseHead::new(200);
    head.header(b"Content-Type", b"application/json");
    let token = parse_token_response(&head, &mut answer[split + 4..length]).map_err(|_| "token")?;
    Ok(token.expires_in().as_secs())
}
