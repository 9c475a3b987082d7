//! NTP servers with correct and incorrect responses (RFC 5905 section 7.3).

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::device::unix_time;
use crate::site::find;

/// The port of the time servers here.
pub const TIME_PORT: u16 = 12_300;

/// An NTP server. It ends on drop.
#[derive(Debug)]
pub struct TimeServer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TimeServer {
    /// Returns a server whose clock is this many seconds ahead.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[must_use]
    pub fn ahead(address: impl Into<IpAddr>, seconds: i64) -> Self {
        Self::start(address.into(), move |request| response(request, seconds))
    }

    /// Returns a server whose clock is this many seconds ahead for its first responses, one entry for each, and right afterwards.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[must_use]
    pub fn wrong_at_first(address: impl Into<IpAddr>, seconds: &'static [i64]) -> Self {
        let count = AtomicUsize::new(0);
        Self::start(address.into(), move |request| {
            let ahead = seconds.get(count.fetch_add(1, Ordering::Relaxed)).copied().unwrap_or_default();
            response(request, ahead)
        })
    }

    /// Returns a server whose first responses say that its clock is not synchronised, as chrony's do (RFC 5905 section 7.3: leap indicator 3,
    /// stratum 0).
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[must_use]
    pub fn unsynchronised_at_first(address: impl Into<IpAddr>, responses: usize) -> Self {
        let count = AtomicUsize::new(0);
        Self::start(address.into(), move |request| {
            let mut packet = response(request, 0);
            if count.fetch_add(1, Ordering::Relaxed) < responses {
                packet[0] |= 0b1100_0000;
                packet[1] = 0;
            }
            packet
        })
    }

    /// Returns a server that changes its correct responses.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[must_use]
    pub fn spoilt(address: Ipv4Addr, spoil: fn(&mut [u8; 48])) -> Self {
        Self::start(address.into(), move |request| {
            let mut packet = response(request, 0);
            spoil(&mut packet);
            packet
        })
    }

    fn start(address: IpAddr, answer: impl Fn(&[u8; 48]) -> [u8; 48] + Send + 'static) -> Self {
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

/// chrony, serving this host's time. It ends on drop.
#[derive(Debug)]
pub struct Chrony {
    child: Child,
    pid_file: PathBuf,
}

impl Chrony {
    /// Started, and answering.
    ///
    /// # Panics
    ///
    /// When it is not installed or does not answer.
    #[must_use]
    pub fn start(address: Ipv4Addr) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("genesys-token-{}-{number}.chronyd", std::process::id());
        let pid_file = std::env::temp_dir().join(name);
        let listen = [
            format!("bindaddress {address}"),
            format!("port {TIME_PORT}"),
            format!("pidfile {}", pid_file.display()),
        ];
        let mut command = Command::new(find("chronyd"));
        // In the foreground, without changing the clock or writing files; with directives instead of a file.
        command
            .args(["-x", "-d", "-u", "root", "local stratum 8", "allow all", "cmdport 0", "bindcmdaddress /"])
            .args(listen);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("chronyd does not start ({error}): install chrony"));
        let mut chrony = Self { child, pid_file };
        let start = Instant::now();
        while ask(address).is_err() {
            let ended = chrony.child.try_wait().expect("it is ours");
            assert!(ended.is_none() && start.elapsed().as_secs() < 20, "chronyd does not answer: {ended:?}");
        }
        chrony
    }
}

impl Drop for Chrony {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.pid_file);
    }
}

fn ask(address: Ipv4Addr) -> std::io::Result<usize> {
    let socket = UdpSocket::bind((address, 0))?;
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    socket.connect((address, TIME_PORT))?;
    let mut request = [0; 48];
    request[0] = 0b00_100_011;
    socket.send(&request)?;
    let count = socket.recv(&mut request);
    if count.is_err() {
        // Refused at once until it listens.
        std::thread::sleep(Duration::from_millis(5));
    }
    count
}

/// Returns a response of version 4, mode 4, stratum 2, with the same time in all fields.
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
