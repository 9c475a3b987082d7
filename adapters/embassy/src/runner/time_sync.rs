//! Time synchronisation with NTP servers, RFC 4330.
//!
//! Servers are asked in order until two agree within five seconds. If only one answers, its time is used; if several answer and no
//! two agree, none is. An address counts once, under however many names. The rules by which the clock accepts a time are in
//! [`clock`](crate::clock). NTP is not authenticated: an attacker on the path to all servers can set the clock, but not before the
//! earliest time.

use core::cell::Cell;
use core::net::SocketAddr;

use embassy_futures::select::{Either3, select3};
use embassy_time::{Duration, Instant, Timer, with_timeout};
use smoltcp::wire::IpAddress;
use sntpc::{NtpContext, NtpTimestampGenerator, NtpUdpSocket, sntp_process_response, sntp_send_request};

use super::context::RunnerContext;
use crate::clock::AGREEMENT;
use crate::copy::copy;
use crate::logging::log;
use crate::network::{Network, UdpSocket};
use crate::time;

const SERVERS_MAX: usize = 4;
/// The timeout of one server, divided between its addresses. The name lookup has the same again.
const SERVER_TIMEOUT: Duration = Duration::from_secs(3);
/// Waits after a round without success; they double.
const RETRY_MIN: Duration = Duration::from_secs(2);
const RETRY_MAX: Duration = Duration::from_secs(15 * 60);
/// An NTP packet without extensions has 48 bytes.
const PACKET: usize = 48;

/// Sets the clock now and at every [`Settings::time_interval`].
pub(super) async fn run<N: Network, E, const TOKEN: usize>(context: &RunnerContext<'_, N, E, TOKEN>) {
    let RunnerContext { network, settings, clock_doubted, .. } = context;
    if settings.time_servers.is_empty() {
        return core::future::pending().await;
    }
    let mut retry = RETRY_MIN;
    loop {
        network.wait_up().await;
        let wait = if round(context).await {
            retry = RETRY_MIN;
            settings.time_interval
        } else {
            let wait = retry;
            retry = (retry * 2).min(RETRY_MAX);
            wait
        };
        if let Either3::Third(()) =
            select3(Timer::after(wait), network.wait_down(), clock_doubted.wait()).await
        {
            // Not at once: handshakes fail as often as an attacker wants.
            retry = RETRY_MIN;
            Timer::after(RETRY_MIN).await;
        }
    }
}

/// Asks the servers once. Returns whether the clock was set.
async fn round<N: Network, E, const TOKEN: usize>(context: &RunnerContext<'_, N, E, TOKEN>) -> bool {
    let RunnerContext { settings, shared, .. } = context;
    let mut answers: [Option<Answer>; SERVERS_MAX] = [None; SERVERS_MAX];
    let mut confirmed = false;
    for server in settings.time_servers.iter().take(SERVERS_MAX) {
        let asked = with_timeout(SERVER_TIMEOUT * 2, ask(context, server, &answers)).await;
        let Ok(Some(answer)) = asked else {
            log!(warn, "no answer from time server {}", server);
            continue;
        };
        confirmed = answers.iter().flatten().any(|other| other.zero.abs_diff(answer.zero) <= AGREEMENT);
        answers.rotate_right(1);
        if let Some(latest) = answers.first_mut() {
            *latest = Some(answer);
        }
        if confirmed {
            break;
        }
    }
    let mut latest = answers.iter().flatten();
    let Some(Answer { zero, .. }) = latest.next().copied() else { return false };
    if !confirmed && latest.next().is_some() {
        log!(warn, "the time servers disagree");
        return false;
    }
    let taken = shared.update(|state, now| state.clock.offer(zero, confirmed, now));
    #[allow(
        clippy::if_same_then_else,
        reason = "they differ in their log lines, which exist with a logger only"
    )]
    if taken {
        log!(info, "the wall clock was set");
    } else {
        log!(warn, "the time from the time servers is not plausible");
    }
    taken
}

/// A server's answer.
#[derive(Clone, Copy)]
struct Answer {
    address: IpAddress,
    /// The time at the zero of the device's monotonic clock, in milliseconds since 1970.
    zero: u64,
}

/// Asks the addresses of a server, except those that have answered under another name: their answer would be no second opinion.
async fn ask<'r, N: Network, E, const TOKEN: usize>(
    context: &RunnerContext<'r, N, E, TOKEN>,
    server: &'r str,
    answers: &[Option<Answer>],
) -> Option<Answer> {
    let addresses = context.look_up(server).await.ok()?;
    let share = SERVER_TIMEOUT / u32::try_from(addresses.len()).unwrap_or(1).max(1);
    let is_new = |address: &IpAddress| !answers.iter().flatten().any(|answer| answer.address == *address);
    for address in addresses.iter().filter(is_new) {
        if let Ok(Some(zero)) = with_timeout(share, ask_at(context, address)).await {
            return Some(Answer { address, zero });
        }
    }
    None
}

/// Asks one address. Returns the time at the zero of the device's monotonic clock, in milliseconds since 1970.
async fn ask_at<N: Network, E, const TOKEN: usize>(
    context: &RunnerContext<'_, N, E, TOKEN>,
    address: IpAddress,
) -> Option<u64> {
    let RunnerContext { network, settings, shared, .. } = context;
    let destination = SocketAddr::new(address.into(), settings.time_port);
    let (mut memory, mut rx, mut tx) = (N::UdpMemory::default(), [0; 2 * PACKET], [0; PACKET]);
    let mut socket = network.udp(0, destination, &mut memory, &mut rx, &mut tx).await.ok()?;
    let guess = shared.look(|state, now| state.clock.guess(now));
    let ntp = NtpContext::new(Stamp {
        guess,
        nonce_seconds: shared.random() >> 12,
        nonce_micros: shared.random() % 1_000_000,
    });
    let packet = Packet { bytes: Cell::new([0; PACKET]), server: destination };
    let asked_at = Instant::now();
    let request = sntp_send_request(destination, &packet, ntp).await.ok()?;
    socket.send(&packet.bytes.get()).await.ok()?;
    loop {
        socket.receive(&mut |bytes| packet.replace(bytes)).await.ok()?;
        match sntp_process_response(destination, &packet, ntp, request).await {
            Ok(result) => {
                let round_trip = asked_at.elapsed().as_millis();
                let fraction = (u64::from(result.sec_fraction()) * 1000) >> 32;
                let sent = result.sec().saturating_mul(1000) + fraction;
                return Some(sent.saturating_add(round_trip / 2).saturating_sub(time::now().as_millis()));
            }
            // Not the response to this request: any host can send packets in the server's name. The timeout ends the wait.
            Err(sntpc::Error::ResponseAddressMismatch | sntpc::Error::IncorrectOriginTimestamp) => {}
            Err(_) => return None,
        }
    }
}

/// The request's timestamp. It does not reveal the device's time, and cannot be guessed by an attacker off the path.
#[derive(Clone, Copy)]
struct Stamp {
    guess: u64,
    nonce_seconds: u32,
    nonce_micros: u32,
}

impl NtpTimestampGenerator for Stamp {
    fn init(&mut self) {}

    fn timestamp_sec(&self) -> u64 {
        // At most twelve days: the era of the response, 136 years long, is still found.
        self.guess.saturating_add(u64::from(self.nonce_seconds))
    }

    fn timestamp_subsec_micros(&self) -> u32 {
        self.nonce_micros
    }
}

/// The packet that sntpc writes or reads, in place of a socket: the caller sends and receives it.
struct Packet {
    bytes: Cell<[u8; PACKET]>,
    server: SocketAddr,
}

impl Packet {
    /// Replaces the packet with these bytes: missing ones are zero, and further ones, which are extensions, are ignored.
    fn replace(&self, received: &[u8]) {
        let mut bytes = [0; PACKET];
        copy(received, &mut bytes);
        self.bytes.set(bytes);
    }
}

impl NtpUdpSocket for Packet {
    async fn send_to(&self, bytes: &[u8], _server: SocketAddr) -> sntpc::Result<usize> {
        self.replace(bytes);
        Ok(bytes.len())
    }

    async fn recv_from(&self, buffer: &mut [u8]) -> sntpc::Result<(usize, SocketAddr)> {
        Ok((copy(&self.bytes.get(), buffer), self.server))
    }
}
