//! A message by MQTT 5 with minimq, over verified TLS.
//!
//! minimq drops its read when a ping is due, which this package's connections allow. Two limits: the client offers ALPN `http/1.1`, which
//! brokers without ALPN ignore and others refuse; and one server that closes the connection without `close_notify` is an error.

use embassy_time::{Duration, with_timeout};
use embedded_nal_async::{AddrType, Dns as _, TcpConnect as _};
use genesys_token_embassy::tls::CryptoRngCore;
use minimq::{Buffers, ConfigBuilder, Publication, QoS, Session, TopicFilter};

use crate::{Device, Memory, Server, connector};

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The name of the server is invalid, or has no address.
    Name,
    /// No verified connection.
    Connect,
    /// The broker refused, or the connection was lost.
    Mqtt,
}

/// Subscribes to a topic, publishes a message there with `QoS` 1, and receives it. Then waits for `idle`, during which nothing arrives, and
/// does the same again over the same connection.
///
/// Returns how often the message arrived.
///
/// # Errors
/// [`Error`].
pub async fn exchange(
    device: Device<'_>,
    rng: &mut dyn CryptoRngCore,
    memory: &mut Memory,
    server: &Server<'_>,
    (topic, message): (&str, &[u8]),
    idle: Duration,
) -> Result<usize, Error> {
    let (connector, names) = connector(device, rng, memory, server).map_err(|_| Error::Name)?;
    let address = names.get_host_by_name(server.name, AddrType::Either).await.map_err(|_| Error::Name)?;
    let connection = connector.connect((address, server.port).into()).await.map_err(|_| Error::Connect)?;

    let (mut rx, mut tx) = ([0; 512], [0; 1024]);
    let config =
        ConfigBuilder::new(Buffers::new(&mut rx, &mut tx)).client_id("gateway").map_err(|_| Error::Mqtt)?;
    let mut session = Session::new(config.keepalive_interval(1));
    let mut client = session.connect(connection).await.map_err(|_| Error::Mqtt)?;
    let subscription = client.subscribe(&[TopicFilter::new(topic)], &[]).await.map_err(|_| Error::Mqtt)?;
    while client.is_pending(&subscription) {
        client.poll().await.map_err(|_| Error::Mqtt)?;
    }
    let mut arrived = 0;
    for pause in [idle, Duration::from_ticks(0)] {
        let publication = Publication::bytes(topic, message).qos(QoS::AtLeastOnce);
        client.publish(publication).await.map_err(|_| Error::Mqtt)?;
        let received = client.recv().await.map_err(|_| Error::Mqtt)?;
        arrived += usize::from(received.payload() == message);
        // Pings are sent meanwhile.
        if with_timeout(pause, client.recv()).await.is_ok() {
            return Err(Error::Mqtt);
        }
    }
    client.disconnect().await.map_err(|_| Error::Mqtt)?;
    Ok(arrived)
}
