//! NTP servers, honest and otherwise (RFC 5905 section 7.3).

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::device::unix_time;

/// The port of the time servers here.
pub const TIME_PORT: u16 = 12_300;

/// A server that tells a time. It ends when dropped.
#[derive(Debug)]
pub struct TimeServer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TimeServer {
    /// A server whose clock is so many seconds ahead.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[must_use]
    pub fn ahead(address: Ipv4Addr, seconds: i64) -> Self {
        Self::start(address, move |request| response(request, seconds))
    }

    /// A server that answers with a packet of the caller's making: of the request and of the right response.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[must_use]
    pub fn spoilt(address: Ipv4Addr, spoil: fn(&mut [u8; 48])) -> Self {
        Self::start(address, move |request| {
            let mut packet = response(request, 0);
            spoil(&mut packet);
            packet
        })
    }

    fn start(address: Ipv4Addr, answer: impl Fn(&[u8; 48]) -> [u8; 48] + Send + 'static) -> Self {
        let socket = UdpSocket::bind((address, TIME_PORT)).expect("the port is free");
        socket.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut request = [0; 48];
            while !stopped.load(Ordering::Relaxed) {
                if let Ok((48, from)) = socket.recv_from(&mut request) {
                    let _ = socket.send_to(&answer(&request), from);
                }
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for TimeServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Version 4, mode 4, stratum 2, and the same time in all places.
fn response(request: &[u8; 48], ahead: i64) -> [u8; 48] {
    const SECONDS_FROM_1900_TO_1970: u64 = 2_208_988_800;
    let now = unix_time().saturating_add_signed(ahead) + SECONDS_FROM_1900_TO_1970;
    let [.., b0, b1, b2, b3] = now.to_be_bytes();
    let mut packet = [0; 48];
    packet[0] = 0b00_100_100;
    packet[1] = 2;
    packet[24..32].copy_from_slice(&request[40..48]);
    for at in [16, 32, 40] {
        packet[at..at + 4].copy_from_slice(&[b0, b1, b2, b3]);
    }
    packet
}
