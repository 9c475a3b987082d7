//! A server as a process group, on an address of its own.

use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicU16, Ordering};
use core::time::Duration;
use std::fs::{self, File};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;

use tls_peer::address;
use tls_peer::pki::Pki;

/// What a server can be set to listen on.
pub(super) enum Listens {
    /// On an address and a port.
    OnAddress,
    /// On a port of every interface.
    OnPort,
}

pub(super) struct Running {
    pub(super) address: SocketAddr,
    process: Child,
}

impl Running {
    /// Starts a server, and waits until it accepts connections.
    pub(super) fn start(pki: &Pki, listens: &Listens, command: impl Fn(SocketAddr) -> Command) -> Self {
        let log = pki.path("log");
        // A port of every interface may be taken; then the server exits, and the next port is tried.
        for _ in 0..20 {
            let address = match listens {
                Listens::OnAddress => address::own(),
                Listens::OnPort => (Ipv4Addr::LOCALHOST, next_port()).into(),
            };
            let mut command = command(address);
            // Keys on the terminal are commands for some of them.
            command.stdin(Stdio::null()).process_group(0);
            let file = File::create(&log).unwrap();
            command.stdout(file.try_clone().unwrap()).stderr(file);
            let process =
                command.spawn().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
            let mut running = Self { address, process };
            if running.accepts() {
                return running;
            }
        }
        panic!("the server does not start: {}", fs::read_to_string(log).unwrap());
    }

    /// Returns whether it accepts connections, or else has ended.
    fn accepts(&mut self) -> bool {
        loop {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            if TcpStream::connect(self.address).is_ok() {
                return true;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Some servers answer in processes of their own.
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.process.wait();
    }
}

/// Returns a port outside the ranges of [`address::own`] and of the system, another one for each call and, mostly, for each process.
fn next_port() -> u16 {
    const PORTS: core::ops::Range<u16> = 30_000..32_768;
    static NEXT: AtomicU16 = AtomicU16::new(0);

    let count = u32::from(PORTS.end - PORTS.start);
    let port =
        (std::process::id().wrapping_mul(61) + u32::from(NEXT.fetch_add(1, Ordering::Relaxed))) % count;
    PORTS.start + u16::try_from(port).unwrap()
}
